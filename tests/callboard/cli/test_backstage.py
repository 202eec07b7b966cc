"""What the page is told of a running agent: under the protocol's limit, each stage's own time."""

import attrs
import numpy as np
import pytest

from actors.messages import Played
from actors.protocol import limits
from actors.protocol.fields import dump
from actors.stages.messages import Item, Snapshot, Text, Transcript, VoicedFrame
from callboard.cli.backstage import ReplyTimes, ReplyTiming, picture
from media import AudioFrame
from runtime.link import LinkStatistics
from runtime.running import ActorStatistics, GraphStatistics

QUIET = AudioFrame(np.zeros((320, 1), np.int16), 16000)


def voiced(source, *, speech=True):
    return VoicedFrame(QUIET, speech=speech, level=-20.0, source=source)


def passed(*seen):
    timing = ReplyTiming()
    return [reply for now, item in seen if (reply := timing.see(item, now)) is not None]


def test_each_stage_is_told_what_it_took():
    (reply,) = passed(
        (1.0, voiced("alice")),
        (1.5, voiced("alice", speech=False)),
        (1.7, Transcript("hello", final=False, turn=3, source="alice")),
        (1.8, Transcript("hello", final=True, turn=3, source="alice")),
        (1.9, Text("Hi.", turn=3)),
        (2.0, Text("Hi again.", turn=3)),
        (2.3, Played(3, 960, playing=True, at=2.25)),
        (2.4, Played(3, 1920, playing=True, at=2.4)),
    )
    assert attrs.asdict(reply) == pytest.approx(
        {"turn": 3, "hearing": 0.8, "thinking": 0.1, "speaking": 0.35}
    )


def test_a_typed_line_takes_no_hearing():
    asked = Snapshot((Item("user", "hello", 5),), turn=5)
    seen = ((1.0, asked), (1.2, Text("Hi.", turn=5)), (1.5, Played(5, 960, playing=True, at=1.5)))
    assert passed(*seen) == [ReplyTimes(5, 0.0, pytest.approx(0.2), pytest.approx(0.3))]


def test_a_greeting_answers_nobody():
    assert passed((1.0, Text("Hi.", turn=1)), (1.2, Played(1, 960, playing=True, at=1.2))) == []


def link(number, *, sent=0, dropped=0):
    return LinkStatistics(
        source=f"ears/turns.speech{number}",
        target=f"ears/hearing.speech{number}",
        capacity=500,
        overflow="drop_oldest",
        sent=sent,
        received=sent,
        dropped={"oldest": dropped, "stale": 0},
        depth=0,
        high_water=1,
        oldest_age=0.0,
        floor=0,
        closed=False,
    )


def moment(links):
    return GraphStatistics(1.23456, 0, [ActorStatistics("call", "waiting", 1)], links)


def test_a_picture_holds_what_the_page_draws():
    assert picture(moment([link(1, sent=7, dropped=2)])) == {
        "kind": "statistics",
        "at": 1.235,
        "actors": [{"path": "call", "state": "starting", "life": 1}],
        "links": [
            {
                "source": "ears/turns.speech1",
                "target": "ears/hearing.speech1",
                "capacity": 500,
                "depth": 0,
                "sent": 7,
                "received": 7,
                "dropped": {"oldest": 2},
                "oldest_age": 0.0,
            }
        ],
    }


def test_a_graph_too_large_for_one_message_is_told_without_its_quietest_links():
    told = picture(moment([link(n, sent=n) for n in range(300)]))
    assert len(dump(told).encode()) <= limits.GRAPH_BYTES
    assert told["left_out"] + len(told["links"]) == 300
    assert told["links"][-1]["sent"] == 299
    assert len(told["links"]) >= 60
