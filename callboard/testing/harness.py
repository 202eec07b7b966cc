"""Runs one actor alone: fed on its inlets, watched on its outlets, in virtual time."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import attrs
import trio

from callboard.testing.clock import Jobs, run_virtual
from callboard.testing.errors import LabError
from runtime import (
    Actor,
    Context,
    Event,
    Graph,
    In,
    InPort,
    Mark,
    Out,
    OutPort,
    Overflow,
    open_graph,
)
from runtime.errors import open_plain_nursery
from runtime.events import ActorCrashed

_T = TypeVar("_T")


@attrs.frozen
class Seen:
    """An item (or a mark) and the second at which it came.

    Attributes:
        at: seconds from the beginning of the run.
        item: the item or mark.
    """

    at: float
    item: object


@attrs.frozen
class Probe(Actor):
    """Keeps what comes from an outlet: `hearing.words >> probe.inlet`. It disturbs nobody.

    Attributes:
        seen: everything that came, in order, marks included; one list for all lives.
    """

    inlet = In[object](capacity=1000, overflow=Overflow.DROP_NEWEST)
    """Takes anything."""

    seen: list[Seen] = attrs.field(factory=list[Seen], init=False, repr=False)

    async def run(self, ctx: Context) -> None:
        """Keep what comes."""
        async for item in self.inlet.with_marks():
            self.seen.append(Seen(round(ctx.now(), 3), item))

    @property
    def items(self) -> list[object]:
        """The items alone."""
        return [each.item for each in self.seen if not isinstance(each.item, Mark)]

    def of(self, kind: type[_T]) -> list[_T]:
        """Return the items of one type."""
        return [item for item in self.items if isinstance(item, kind)]


_N = TypeVar("_N")


_Feed = tuple[float, object]
"""A second, and the item or mark that is sent then."""


@attrs.frozen
class _Feeder(Actor):
    feeds: Sequence[_Feed]
    ends: float | None

    outlet = Out[object]()

    async def run(self, ctx: Context) -> None:
        for at, item in self.feeds:
            await trio.sleep_until(at)
            if isinstance(item, Mark):
                self.outlet.mark(item)
            else:
                await self.outlet.send(item)
        await trio.sleep_until(float("inf") if self.ends is None else self.ends)


class Harness:
    """Runs one actor alone: state what is fed and what is expected, then `run`.

    Ports are those of the actor given.

        gain = Gain(db=6)
        harness = Harness(gain)
        harness.feed(gain.audio, quiet, at=0.1)
        harness.expect(gain.louder, loud, at=0.1)
        harness.run(1.0)

    The actor is supervised as in a graph: a crash is followed by another life, links keep what
    they hold, thread work takes no virtual time. Reports show exceptions' messages; `log_content`
    False hides them, as in a call with strangers.
    """

    def __init__(self, actor: Actor, *, seed: int = 0, log_content: bool = True) -> None:
        self.events: list[Event] = []
        """The events of the runtime during the run."""
        self._actor = actor
        self._seed = seed
        self._log_content = log_content
        self._feeds: dict[str, list[_Feed]] = {name: [] for name in actor.inlets()}
        self._ends: dict[str, float] = {}
        self._expected: dict[str, list[tuple[float | None, object]]] = {}
        self._kills: list[float] = []
        self._interrupts: list[tuple[float, int]] = []
        self._probes = {name: Probe() for name in actor.outlets()}
        self._last = 0.0

    def feed(self, port: InPort[_T], *items: _T | Mark, at: float | None = None) -> None:
        """Send items and marks into an inlet at second `at`; without it, when the last was."""
        self._last = self._last if at is None else at
        self._feeds[self._own(port, self._feeds)] += [(self._last, item) for item in items]

    def end(self, port: InPort[_T], *, at: float | None = None) -> None:
        """End the stream into an inlet; one that is never ended stays open."""
        self._ends[self._own(port, self._feeds)] = self._last if at is None else at

    def expect(self, port: OutPort[_T], *items: _T | Mark, at: float | None = None) -> None:
        """State the next items that come from an outlet, and when, to the millisecond.

        An outlet of which nothing is expected may give anything; where a mark is expected, marks
        count, else only items do.
        """
        expected = self._expected.setdefault(self._own(port, self._probes), [])
        expected += [(at, item) for item in items]

    def kill(self, *, at: float) -> None:
        """Crash the actor at second `at`."""
        self._kills.append(at)

    def interrupt(self, turn: int, *, at: float) -> None:
        """End a turn and all older ones at second `at`."""
        self._interrupts.append((at, turn))

    def seen(self, port: OutPort[_T]) -> list[Seen]:
        """Return everything that came from an outlet, with times and marks."""
        return self._probes[self._own(port, self._probes)].seen

    def items(self, port: OutPort[_T]) -> list[_T]:
        """Return the items that came from an outlet."""
        found: list[_T] = self._probes[self._own(port, self._probes)].items  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  (a probe takes all types)
        return found

    @property
    def crashes(self) -> list[ActorCrashed]:
        """The actor's crashes."""
        return [event for event in self.events if isinstance(event, ActorCrashed)]

    def run(self, seconds: float) -> None:
        """Run for so many seconds of virtual time and compare.

        Raises:
            AssertionError: something else came than was expected.
        """
        run_virtual(self._main, seconds, seed=self._seed)
        for name, expected in self._expected.items():
            self._compare(name, expected)

    async def _main(self, seconds: float) -> None:
        actor = self._actor
        wires = [
            _Feeder(feeds, self._ends.get(name)).named(f"feeds_{name}").outlet
            >> actor.inlets()[name]
            for name, feeds in self._feeds.items()
            if feeds or name in self._ends or not actor.inlets()[name].options.optional
        ]
        wires += [actor.outlets()[name] >> probe.inlet for name, probe in self._probes.items()]
        jobs = Jobs()
        async with open_plain_nursery() as nursery:
            nursery.start_soon(jobs.serve)
            async with open_graph(
                Graph(*wires),
                observe=self.events.append,
                seed=self._seed,
                in_thread=jobs.run,
                log_content=self._log_content,
            ) as running:
                for at in self._kills:
                    nursery.start_soon(_at, at, running.kill, actor.name)
                for at, turn in self._interrupts:
                    nursery.start_soon(_at, at, running.interrupt, turn)
                await trio.sleep_until(seconds)
            nursery.cancel_scope.cancel()

    def _compare(self, name: str, expected: list[tuple[float | None, object]]) -> None:
        marks = any(isinstance(item, Mark) for _, item in expected)
        came = [s for s in self._probes[name].seen if marks or not isinstance(s.item, Mark)]
        same = len(came) == len(expected) and all(
            item == seen.item and at in (None, seen.at)
            for (at, item), seen in zip(expected, came, strict=True)
        )
        if same:
            return
        raise AssertionError(
            f"{self._actor.name}.{name} was expected to give\n"
            + "".join(f"  {_when(at)}  {item!r}\n" for at, item in expected)
            + "and gave\n"
            + "".join(f"  {_when(seen.at)}  {seen.item!r}\n" for seen in came)
        )

    def _own(self, port: InPort[_T] | OutPort[_T], names: dict[str, _N]) -> str:
        if port.actor is not self._actor or port.name not in names:
            raise LabError(f"{port} is no such port of the {self._actor.name} in this harness")
        return port.name


async def _at(moment: float, do: Callable[[_N], None], argument: _N) -> None:
    await trio.sleep_until(moment)
    do(argument)


def _when(at: float | None) -> str:
    return "  any time" if at is None else f"{at:9.3f} s"
