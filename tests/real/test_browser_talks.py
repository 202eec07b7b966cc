"""A person in a browser talks with the agent of `callboard talk`, and talks over it.

One conversation, looked at from all sides: what was heard in the browser, what stands on its page.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio
from chromium import Page, open_chromium
from chromium.two_channels import RATE, TwoChannels, start_recording, stop_recording
from real_parts import LIBRIVOX, Photograph, missing
from scene import ON_STAGE, remote_track
from talk_command import talking
from tapes import in_words, share_of, stretches, write_tape

from actors.stages.ears import moonshine

pytestmark = pytest.mark.real

FIRST = LIBRIVOX / "sense_and_sensibility_01_austen_64kb-0920.wav"
ASKED = (
    "had he married a more amiable woman he might have been made still more respectable than he was"
)
SECOND = LIBRIVOX / "sense_and_sensibility_01_austen_64kb-0890.wav"
OVER = "unless to be rather cold hearted and rather selfish is to be ill disposed"

SCREENPLAY = (5.0, FIRST, 4.0, SECOND, 1.0)
"""The agent begins about a second after the first sentence and repeats it, for seven seconds."""

TAKE_NOTES = """
globalThis.noted = { states: [], captions: [], graph: [] };
callboard.on("agent_state", ({ state }) => noted.states.push(state));
callboard.on("caption", (caption) => noted.captions.push(caption));
callboard.on("graph", ({ data }) => noted.graph.push(data));
"""
OVER_TWICE = """(() => {
    const agents = noted.captions.filter(({ participant }) => participant !== callboard.id);
    const over = agents.filter(({ final }) => final).map(({ turn }) => turn);
    return new Set(over).size === 2;
})()"""
LINES = "[...document.querySelectorAll('#surtitles .line')].map((line) => %s)"


@attrs.frozen
class Conversation:
    """What was said, heard and seen."""

    joined: float
    sound: TwoChannels
    mine: Sequence[dict[str, Any]]
    """The last caption of each of the person's turns."""
    theirs: Sequence[dict[str, Any]]
    """The last caption of each of the agent's turns."""
    states: Sequence[str]
    state_shown: str
    graph: Sequence[dict[str, Any]]
    lines: Sequence[str]
    struck: Sequence[str]
    complaints: Sequence[str]

    @property
    def over(self) -> tuple[float, float]:
        """When the person talked over the agent."""
        return stretches(self.sound.own)[1]

    @property
    def reply(self) -> tuple[float, float]:
        """When the agent's first reply sounded; a busy machine pauses between its clauses."""
        begun = [each for each in stretches(self.sound.remote) if each[0] < self.over[0]]
        return begun[0][0], begun[-1][1]


@pytest.fixture(scope="module")
def conversation(
    tmp_path_factory: pytest.TempPathFactory,
    chromium: None,
    human_speech: Path,
    photograph: Photograph,
) -> Conversation:
    """A whole conversation, once for all tests here."""
    if not moonshine.available():
        missing("No speech recognition on this machine: pip install '.[voice]'.")
    tape = tmp_path_factory.mktemp("tape") / "person.wav"
    write_tape(tape, SCREENPLAY)
    return trio.run(converse, tape, photograph)


async def converse(tape: Path, photograph: Photograph) -> Conversation:
    async with talking() as url, open_chromium(microphone=tape) as browser:
        began = trio.current_time()
        # Only the recorder below needs the bypass: its worklet is no file of the room.
        page = await browser.open_page(f"{url}?join=1&name=Alice", bypass_policy=True)
        await page.wait_for(f"{ON_STAGE} && {remote_track()}?.readyState === 'live'")
        joined = trio.current_time() - began
        await page.evaluate(TAKE_NOTES)
        await start_recording(page, "callboard.localTrack('microphone')", remote_track())
        await page.press("b")
        state = await page.wait_for("document.querySelector('[data-kind=agent] .note').textContent")
        await page.wait_for("document.querySelector('#surtitles s')?.textContent", timeout=30)
        await trio.sleep(1.5)  # The picture is taken in the middle of the person's second sentence.
        await photograph(page, "talk-dark")
        await page.wait_for(OVER_TWICE, timeout=40)
        sound = await stop_recording(page)
        await look(page, photograph)
        noted = await page.evaluate("noted")
        me = await page.evaluate("callboard.id")
        latest = {(each["participant"], each["turn"]): each for each in noted["captions"]}
        return Conversation(
            joined=joined,
            sound=sound,
            mine=[each for (who, _), each in latest.items() if who == me],
            theirs=[each for (who, _), each in latest.items() if who != me],
            states=noted["states"],
            state_shown=state,
            graph=noted["graph"],
            lines=await page.evaluate(LINES % "line.textContent"),
            struck=await page.evaluate(LINES % "line.querySelector('s')?.textContent ?? ''"),
            complaints=tuple(page.complaints),
        )


async def look(page: Page, photograph: Photograph) -> None:
    """Pictures of the end, on a desk and on a phone."""
    await photograph(page, "talk-end-dark")
    await page.press("Escape")
    await page.call(
        "Emulation.setDeviceMetricsOverride",
        width=390,
        height=844,
        deviceScaleFactor=2,
        mobile=True,
    )
    await photograph(page, "talk-phone")
    await page.press("b")
    await photograph(page, "talk-phone-backstage")
    await page.press("Escape")


def test_one_is_in_and_connected_within_five_seconds(conversation: Conversation) -> None:
    assert conversation.joined <= 5


def test_what_the_browser_hears_is_what_the_agent_said(conversation: Conversation) -> None:
    remote = conversation.sound.remote
    cut, answer = conversation.theirs
    start, end = conversation.reply
    assert share_of(cut["heard"], in_words(remote, start, end)) >= 0.7
    assert share_of(answer["text"], in_words(remote, end + 0.5, len(remote) / 16000)) >= 0.7


def test_the_person_was_understood_and_answered(conversation: Conversation) -> None:
    assert [each["final"] for each in conversation.mine] == [True, True]
    for said, caption in zip((ASKED, OVER), conversation.mine, strict=True):
        assert share_of(said, caption["text"]) >= 0.7
    # The rules of the default agent repeat what they have no better answer to.
    assert share_of(ASKED, conversation.theirs[0]["text"]) >= 0.7


def test_talked_over_it_falls_silent_within_250_ms(conversation: Conversation) -> None:
    onset, end = conversation.over
    assert conversation.reply[0] < onset
    # Both are of one clock, the browser's own; that it was in the middle of a reply shows below.
    talked_over = conversation.sound.remote[round((onset + 0.25) * RATE) : round(end * RATE)]
    assert stretches(talked_over) == []


def test_words_that_were_cut_off_are_struck_through(conversation: Conversation) -> None:
    cut, answer = conversation.theirs
    assert cut["text"].startswith(cut["heard"])
    assert 1 <= len(cut["heard"]) < len(cut["text"])
    assert answer["heard"] == answer["text"]
    struck = [each for each in conversation.struck if each]
    assert struck == [cut["text"][len(cut["heard"]) :]]


def test_both_sides_stand_on_the_page(conversation: Conversation) -> None:
    expected = [
        f"You {conversation.mine[0]['text']}",
        f"Assistant {conversation.theirs[0]['text']}",
        f"You {conversation.mine[1]['text']}",
        f"Assistant {conversation.theirs[1]['text']}",
    ]
    assert conversation.lines == expected


def test_the_agents_state_shows(conversation: Conversation) -> None:
    assert conversation.state_shown == "listening"
    talks = ["thinking", "speaking", "listening"]
    assert conversation.states == talks * 2


def test_backstage_is_told_of_the_graph_and_of_both_replies(conversation: Conversation) -> None:
    pictures = [each for each in conversation.graph if each["kind"] == "statistics"]
    assert {"call", "ears/hearing", "voice/speaking"} <= {
        actor["path"] for actor in pictures[-1]["actors"]
    }
    replies = [each for each in conversation.graph if each["kind"] == "turn"]
    assert [each["turn"] for each in replies] == [each["turn"] for each in conversation.theirs]
    assert all(each["stages"]["hearing"] > 0 for each in replies)


def test_the_console_is_clean(conversation: Conversation) -> None:
    assert conversation.complaints == ()
