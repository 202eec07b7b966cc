"""The call lab: an agent's whole graph, people who do what a test states, and virtual time."""

import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import trio

from actors.call.call import Call
from callboard.agent_file import AgentFileError, load_agent
from callboard.testing.chaos import Deed, Interrupt, Kill
from callboard.testing.clock import Jobs, run_virtual
from callboard.testing.errors import AgentFailedError, LabError
from callboard.testing.far_side import FarSide
from callboard.testing.far_side import codec as find_codec
from callboard.testing.line import LabEngine
from callboard.testing.network import Network
from callboard.testing.person import PITCHES, Coming, Person
from callboard.testing.room import ROOM, LabRoom
from callboard.testing.scripted import Replies, Script, scripted
from callboard.testing.timeline import Ended, Entry, Timeline, entry_of
from media import AudioFrame
from runtime import Event, Graph, RestartsExhausted, RunningGraph, open_graph
from runtime.errors import open_plain_nursery

Agent = Callable[[Call], Graph | Awaitable[Graph]]
"""What an agent's file defines: `def agent(call: Call) -> Graph`, or `async def`."""


class CallLab:
    """One call of an agent with people who exist only here. State what happens, then `run`.

    The agent is in the room from second 0. Everything is real but the network, the people, and
    the engines that `script` replaces; thread work of what remains takes no virtual time. A real
    socket has no place in it: time runs on while one is awaited, and a `LabWarning` says who does.

    Args:
        agent: the agent's function, or the path of its file.
        seed: the same seed gives the same timeline, byte for byte.
        args: `call.args`, as from `--arg KEY=VALUE`.
        codec: "l16" (16-bit samples, costs nothing) or "opus" (every packet really is).
        log_content: whether crash reports show the messages of exceptions, as a program that
            serves strangers does not.
    """

    def __init__(
        self,
        agent: Agent | str | Path,
        *,
        seed: int = 0,
        args: Mapping[str, str] | None = None,
        codec: str = "l16",
        log_content: bool = True,
    ) -> None:
        self.seed = seed
        self.timeline: Timeline | None = None
        """The timeline of the run; None before."""
        self._agent = agent
        self._args = dict(args or {})
        self._codec = find_codec(codec)
        self._log_content = log_content
        self._script = Script()
        self._people: dict[str, Person] = {}
        self._deeds: list[Deed] = []
        self._recordings: dict[str, AudioFrame] = {}
        self._failure: Exception | None = None

    def join(self, name: str, *, at: float = 0.0) -> Person:
        """Let a person come into the room at second `at`; return them."""
        if name in self._people:
            raise LabError(f"{name} is in this lab already; use what lab.join gave")
        identity = "-".join(name.casefold().split()) or "person"
        pitch = PITCHES[len(self._people) % len(PITCHES)]
        person = Person(name, identity, pitch=pitch)
        person.deeds.append(Coming(at))
        self._people[name] = person
        return person

    def script(
        self,
        *,
        hearing: float | None = None,
        thinking: Replies | None = None,
        speaking: float | None = None,
    ) -> None:
        """Replace engines in the stock stages of the agent's graph, with the delays in seconds.

        `hearing`: from the end of a turn to its final transcript. `thinking`: what is said → the
        reply, or (the reply, seconds until it begins); "*" answers all else; or a function.
        `speaking`: from a clause to its first sample. What is left out stays real.
        """
        self._script = Script(hearing, thinking, speaking)

    def wire(
        self,
        who: str | None = None,
        *,
        loss: float = 0.0,
        burst: float = 1.0,
        delay: float = 0.0,
        jitter: float = 0.0,
        outages: Sequence[tuple[float, float]] = (),
    ) -> None:
        """Put a bad network between the agent and everybody (or only `who`), both ways.

        See `Network` for the meaning of each: `lab.wire(loss=0.05, outages=[(3.0, 4.5)])`.
        """
        network = Network(loss, burst, delay, jitter, tuple(outages))
        if who is not None and who not in self._people:
            raise LabError(f"there is no {who!r} in this lab; let them join first")
        for name, person in self._people.items():
            if who in (None, name):
                person.network = network

    def kill(self, path: str, *, at: float) -> None:
        """Crash an actor (or all actors of a group) at second `at`: `lab.kill("voice/tts", at=3)`.

        Paths are those of `callboard graph`.
        """
        self._deeds.append(Kill(path, at))

    def interrupt(self, *, at: float) -> None:
        """End every turn that has been given out by second `at`, as an agent itself may."""
        self._deeds.append(Interrupt(at))

    def suffer(self, *deeds: Deed) -> None:
        """Let all of these happen, as strategies of `callboard.testing.chaos` make them up."""
        self._deeds += deeds

    def run(self, seconds: float) -> Timeline:
        """Run the call for so many seconds of virtual time; a lab runs once.

        Raises:
            NotScriptedError: the agent was asked what the script has no reply to.
            AgentFailedError: the agent's graph ended by an error.
            LabError: something else that the test asks for cannot be.
        """
        if self.timeline is not None:
            raise LabError("this lab has run; make a new one for each run")
        try:
            self.timeline = run_virtual(self._main, seconds, seed=self.seed)
        except RestartsExhausted as error:
            cause = f" ({error.__cause__!r})" if error.__cause__ else ""
            raise AgentFailedError(f"the agent's graph ended: {error}{cause}") from error
        if self._failure is not None:
            raise self._failure
        return self.timeline

    def recording(self, who: str) -> AudioFrame:
        """Return all that `who` heard during the run, silence included: 48 kHz, mono."""
        if who not in self._recordings:
            raise LabError(f"there is no recording of {who!r}: nobody of that name was in the run")
        return self._recordings[who]

    async def _main(self, seconds: float) -> Timeline:
        seats = [FarSide(person, self._codec, f"{self.seed}") for person in self._people.values()]
        try:
            return await self._play(seconds, seats)
        finally:
            # Last of all: the line ticks until the graph has ended.
            for seat in seats:
                seat.close()

    async def _play(self, seconds: float, seats: Sequence[FarSide]) -> Timeline:
        entries: list[Entry] = []
        room = LabRoom(seats, entries.append)
        call = Call(
            f"http://lab.invalid/{ROOM}",
            agent=True,
            args=self._args,
            engine=LabEngine(self._codec, room.find),
            signalling=room.channel,
        )
        jobs = Jobs()
        async with open_plain_nursery() as nursery, self._made(call) as graph:
            nursery.start_soon(jobs.serve)
            stage = scripted(graph, self._script, lambda error: self._stop(error, nursery))
            self._check(stage)
            async with open_graph(
                stage,
                observe=_noting(entries),
                seed=self.seed,
                in_thread=jobs.run,
                log_content=self._log_content,
            ) as running:
                for seat in seats:
                    nursery.start_soon(room.perform, seat)
                for deed in self._deeds:
                    nursery.start_soon(_do, running, deed)
                nursery.start_soon(_watch, running, entries)
                await trio.sleep_until(seconds)
                timeline = self._collect(seats, entries, seconds)
            nursery.cancel_scope.cancel()
            return timeline
        return self._collect(seats, entries, seconds)

    @asynccontextmanager
    async def _made(self, call: Call) -> AsyncGenerator[Graph]:
        if callable(self._agent):
            graph = self._agent(call)
            yield await graph if inspect.isawaitable(graph) else graph
            return
        try:
            file = load_agent(Path(self._agent))
        except AgentFileError as error:
            raise LabError(str(error)) from error
        async with file.service() as shared:
            yield await file.graph(call, shared)

    def _check(self, graph: Graph) -> None:
        paths = set(graph.paths.values())
        for deed in self._deeds:
            if isinstance(deed, Kill) and not any(
                path == deed.path or path.startswith(f"{deed.path}/") for path in paths
            ):
                raise LabError(
                    f"there is no actor or group {deed.path!r} to kill; the graph has "
                    + ", ".join(sorted(paths))
                )

    def _stop(self, failure: Exception, nursery: trio.Nursery) -> None:
        self._failure = self._failure or failure
        nursery.cancel_scope.cancel()

    def _collect(
        self, seats: Sequence[FarSide], entries: Sequence[Entry], seconds: float
    ) -> Timeline:
        collected = list(entries)
        for seat in seats:
            collected += [said for said in seat.person.said if said.at < seconds]
            collected += seat.listener.heard()
            samples = seat.listener.recording(seconds)
            self._recordings[seat.person.name] = AudioFrame(samples[:, None], 48_000)
        return Timeline(collected)


def _noting(entries: list[Entry]) -> Callable[[Event], None]:
    def observe(event: Event) -> None:
        entry = entry_of(event)
        if entry is not None:
            entries.append(entry)

    return observe


async def _do(running: RunningGraph, deed: Deed) -> None:
    await trio.sleep_until(deed.at)
    match deed:
        case Kill(path):
            running.kill(path)
        case Interrupt():
            running.interrupt(running.interruption.last)


async def _watch(running: RunningGraph, entries: list[Entry]) -> None:
    await running.wait()
    entries.append(Ended(trio.current_time(), ""))
