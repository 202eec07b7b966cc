"""What a graph tells of itself, and what it never tells."""

import logging
import subprocess
import sys
from collections.abc import Generator

import attrs
import pytest
import structlog
import trio
from stage_set import Relay, Script, Sink, Source, Speech, run
from structlog.testing import CapturingLogger

from runtime import (
    Actor,
    ActorCrashed,
    Context,
    Event,
    Graph,
    Group,
    In,
    LinkDropped,
    LoopStalled,
    Overflow,
    open_graph,
    wire,
)

SECRET = "my doctor says"


@pytest.fixture
def lines() -> Generator[list[dict[str, object]]]:
    kept: list[dict[str, object]] = []

    def keep(_: object, __: str, entry: dict[str, object]) -> str:
        kept.append(entry)
        raise structlog.DropEvent

    structlog.configure(processors=[keep], wrapper_class=structlog.make_filtering_bound_logger(0))
    yield kept
    structlog.reset_defaults()


@attrs.frozen
class Frame:
    pts: int
    turn: int
    data: bytes = SECRET.encode()

    def __len__(self) -> int:
        return len(self.data)


async def a_bad_day(log: object = None, *, log_content: bool = False) -> list[Event]:
    """Everything that can go wrong, with a secret in every item and every exception."""

    async def hears(me: Script, ctx: Context) -> None:
        ctx.log.info("about to hear", item="none of it")
        async for item in me.inlet:
            if ctx.now() < 0.5:
                raise ValueError(f"{SECRET} {item}")

    source = Source([Frame(n, 1) for n in range(200)], every=0.01)
    actor = Script(hears)
    events: list[Event] = []
    graph = Graph(
        wire(source.out, actor.inlet, capacity=2, overflow=Overflow.DROP_OLDEST),
        groups={"ears": Group([actor], max_restarts=2)},
    )
    async with open_graph(
        graph, observe=events.append, log=log, log_content=log_content
    ) as running:
        await trio.sleep(0.2)
        running.interrupt(3)
        running.interruption.pause(9, True, "")
        running.interruption.new_turn("")
        await running.wait()
    return events


def test_every_event_is_a_line_with_its_name_and_none_says_what_was_said(
    lines: list[dict[str, object]],
) -> None:
    run_main(a_bad_day)
    assert {
        "actor.started",
        "actor.crashed",
        "actor.restarted",
        "actor.stopped",
        "group.degraded",
        "group.recovered",
        "link.dropped",
        "turn.interrupted",
        "turn.began",
        "turn.paused",
        "about to hear",
    } == {str(line["event"]) for line in lines}
    assert SECRET not in repr(lines)
    crash = next(line for line in lines if line["event"] == "actor.crashed")
    assert (crash["actor"], crash["life"]) == ("ears/script", 1)
    heard = next(line for line in lines if line["event"] == "about to hear")
    assert (heard["actor"], heard["life"]) == ("ears/script", 1)


def run_main(main, *args: object, **kwargs: object) -> list[Event]:
    got: list[Event] = []

    async def go() -> None:
        got.extend(await main(*args, **kwargs))

    run(go)
    return got


def test_a_crash_report_is_one_block_without_content() -> None:
    events = run_main(a_bad_day)
    crash = next(event for event in events if isinstance(event, ActorCrashed))
    assert SECRET not in repr(events)
    lines = crash.report.text.splitlines()
    assert lines[0] == "ears/script crashed in life 1 after 0.010 s: ValueError"
    assert "in hears" in lines[1]
    assert lines[2] == "  in hand  Frame pts=0 turn=1 size=14"
    assert lines[3].startswith("  link     source.out >> ears/script.inlet: 0 of 2 queued")
    assert lines[-2:] == [
        "  budget   1 restart(s) left",
        "  decision it is started again at once",
    ]


def test_content_is_shown_to_who_asks_for_it() -> None:
    events = run_main(a_bad_day, log_content=True)
    assert any(isinstance(e, ActorCrashed) and SECRET in e.report.error for e in events)


def test_a_graphs_own_logger_is_used_with_what_is_bound_to_it() -> None:
    out = CapturingLogger()
    log = structlog.wrap_logger(
        out,
        processors=[structlog.processors.KeyValueRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
    ).bind(call="lobby")
    run_main(a_bad_day, log=log)
    said = [str(call.args[0]) for call in out.calls]
    assert said
    assert all("call='lobby'" in line for line in said)
    assert not any("actor.started" in line for line in said)


def test_nothing_is_printed_unasked_but_a_crash(capsys: pytest.CaptureFixture[str]) -> None:
    run_main(a_bad_day)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert SECRET not in printed.err


def test_drops_are_told_at_once_and_then_once_a_second_with_their_number() -> None:
    async def main() -> None:
        source, sink = Source(range(384), every=1 / 128), Sink(takes=100.0)
        events: list[Event] = []
        async with open_graph(
            Graph(wire(source.out, sink.inlet, capacity=2, overflow=Overflow.DROP_NEWEST)),
            observe=events.append,
        ) as running:
            await trio.sleep(3.5)
            total = running.statistics().links[0].dropped["newest"]
        told = [event for event in events if isinstance(event, LinkDropped)]
        assert [event.at for event in told] == [4 / 128, 1 + 4 / 128, 2 + 4 / 128]
        assert told[0].path == "source.out >> sink.inlet"
        assert [event.count for event in told] == [1, 128, 128]
        assert total == 381

    run(main)


@attrs.frozen
class Hog(Actor):
    """Holds the loop for a while in a task of its own."""

    inlet = In[object](optional=True)

    async def run(self, ctx: Context) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.think)

    async def think(self) -> None:
        import time

        time.sleep(0.03)  # noqa: ASYNC251 (the stall itself)


def test_the_watchdog_names_the_actor_that_held_up_the_loop() -> None:
    async def main() -> list[Event]:
        hog, source = Hog(), Source([1])
        events: list[Event] = []
        async with open_graph(
            Graph(source.out >> hog.inlet), observe=events.append, watchdog=0.02
        ) as running:
            await running.wait()
        return events

    stalls = [event for event in trio.run(main) if isinstance(event, LoopStalled)]
    assert "hog" in [event.path for event in stalls]
    assert all(event.seconds > 0.02 for event in stalls)


def test_observers_may_come_later() -> None:
    async def main() -> None:
        seen: list[Event] = []
        async with open_graph(Graph(Source(every=1).out >> Sink().inlet)) as running:
            await trio.sleep(0.5)
            running.observe(seen.append)
            await running.wait()
        assert [event.path for event in seen] == ["source", "sink"]

    run(main)


def test_probes_see_what_flows() -> None:
    async def main() -> None:
        seen: list[tuple[object, int | None]] = []
        source, relay, sink = Source([Speech(1, 4), Speech(2, 5)], every=1), Relay(), Sink()
        graph = Graph(source.out >> relay.inlet, relay.outlet >> sink.inlet)
        async with open_graph(graph) as running:
            remove = running.links[graph.wires[1]].probe(
                lambda item, turn: seen.append((item, turn))
            )
            await trio.sleep(1.5)
            remove()
            await running.wait()
        assert seen == [(Speech(1, 4), 4)]

    run(main)


def test_the_public_names_are_the_same_for_everybody() -> None:
    import runtime

    public = {name for name in vars(runtime) if not name.startswith("_")}
    for name in ("Actor", "In", "Out", "Graph", "open_graph", "wire", "stage", "Context", "errors"):
        assert name in public
    done = subprocess.run(
        [sys.executable, "-c", "import runtime, sys; print('numpy' in sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
    )
    # It knows no media.
    assert done.stdout == "False\n"
