"""One actor alone, fed and watched."""

import logging

import attrs
import pytest

from callboard.testing import MakeHarness as Make
from callboard.testing.errors import LabError
from callboard.testing.harness import Probe, Seen
from runtime import Actor, Context, Gap, In, Out, SpeechRole, TurnEnded, TurnStarted


@attrs.frozen
class Twice(Actor):
    numbers = In[int]()
    doubled = Out[int](speech=SpeechRole.BEGINS)
    unused = In[int](optional=True)

    async def run(self, ctx: Context) -> None:
        async for number in self.numbers:
            if number < 0:
                raise ValueError("negative")
            await self.doubled.send(await ctx.in_thread(int.__mul__, 2, number))


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger("callboard"), "disabled", True)


def test_what_is_fed_comes_out_at_its_moment(harness: Make) -> None:
    twice = Twice()
    bench = harness(twice)
    bench.feed(twice.numbers, 1, at=0.5)
    bench.feed(twice.numbers, 2, 3, at=0.75)
    bench.expect(twice.doubled, 2, at=0.5)
    bench.expect(twice.doubled, 4, 6, at=0.75)
    bench.run(1)
    assert bench.items(twice.doubled) == [2, 4, 6]


def test_something_else_than_expected_fails_and_shows_both(harness: Make) -> None:
    twice = Twice()
    bench = harness(twice)
    bench.feed(twice.numbers, 1, at=0.5)
    bench.expect(twice.doubled, 3)
    with pytest.raises(AssertionError, match=r"any time  3\n *and gave\n +0\.500 s  2"):
        bench.run(1)


def test_another_moment_than_expected_fails(harness: Make) -> None:
    twice = Twice()
    bench = harness(twice)
    bench.feed(twice.numbers, 1, at=0.5)
    bench.expect(twice.doubled, 2, at=0.499)
    with pytest.raises(AssertionError):
        bench.run(1)


def test_nothing_more_than_expected_may_come(harness: Make) -> None:
    twice = Twice()
    bench = harness(twice)
    bench.feed(twice.numbers, 1, 2, at=0.5)
    bench.expect(twice.doubled, 2)
    with pytest.raises(AssertionError):
        bench.run(1)


def test_marks_count_where_one_is_expected(harness: Make) -> None:
    twice = Twice()
    bench = harness(twice)
    bench.feed(twice.numbers, TurnStarted(1), 1, TurnEnded(1), at=0.0)
    bench.expect(twice.doubled, TurnStarted(1), 2, TurnEnded(1))
    bench.run(1)


def test_a_crash_is_followed_by_another_life(harness: Make) -> None:
    twice = Twice()
    bench = harness(twice)
    bench.feed(twice.numbers, 1, -1, 2, at=0.1)
    bench.kill(at=0.5)
    bench.feed(twice.numbers, 3, at=0.6)
    bench.expect(twice.doubled, 2, Gap(), 4, Gap(), 6)
    bench.run(1)
    assert [crash.report.error for crash in bench.crashes] == [
        "ValueError: negative",
        "Killed: twice was killed",
    ]


def test_a_stream_that_ends_ends_the_actor(harness: Make) -> None:
    twice = Twice()
    bench = harness(twice)
    bench.feed(twice.numbers, 1, at=0.1)
    bench.end(twice.numbers)
    bench.run(1)
    assert any(
        type(event).__name__ == "ActorStopped" and event.path == "twice" and event.at == 0.1
        for event in bench.events
    )


def test_a_port_of_another_actor_is_refused(harness: Make) -> None:
    with pytest.raises(LabError, match=r"twice\.numbers is no such port"):
        harness(Twice()).feed(Twice().numbers, 1)


def test_a_probe_keeps_items_marks_and_moments() -> None:
    import trio

    from callboard.testing.clock import run_virtual
    from runtime import Graph, open_graph

    @attrs.frozen
    class Source(Actor):
        out = Out[object]()

        async def run(self, ctx: Context) -> None:
            await self.out.send(1)
            await trio.sleep(0.25)
            self.out.mark(TurnEnded(1))
            await self.out.send("two")

    source, probe = Source(), Probe()

    async def main() -> None:
        async with open_graph(Graph(source.out >> probe.inlet)) as running:
            await running.wait()

    run_virtual(main)
    assert probe.seen == [Seen(0.0, 1), Seen(0.25, TurnEnded(1)), Seen(0.25, "two")]
    assert (probe.items, probe.of(str)) == ([1, "two"], ["two"])
