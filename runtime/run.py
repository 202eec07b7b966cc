"""One run of a graph, as its actors' lives and its supervisors see it."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar, TypeVarTuple, Unpack

import trio

from runtime.events import Event
from runtime.interruption import Interruption
from runtime.reporting import report
from runtime.threads import InThread, Work, in_worker_thread

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

T = TypeVar("T")
Args = TypeVarTuple("Args")
Observe = Callable[[Event], None]


class Run:
    """What all parts of one run share: its log, events, random numbers, threads, turns and end."""

    interruption: Interruption

    def __init__(
        self,
        *,
        observe: Observe | None,
        seed: int | None,
        in_thread: InThread | None,
        log: FilteringBoundLogger,
        content: bool,
    ) -> None:
        self.log = log
        self.content = content
        """Whether crash reports may show the exceptions' messages."""
        self.stopping = trio.Event()
        """Set when the orderly stop begins: from then on no life is followed by another."""
        self.observers: list[Observe] = [] if observe is None else [observe]
        self._seed = seed
        self._in_thread = in_thread

    def emit(self, event: Event) -> None:
        """Log an event and hand it to the observers."""
        report(event, self.log)
        for observe in self.observers:
            observe(event)

    async def in_thread(
        self, function: Callable[[Unpack[Args]], T], *args: *Args, work: Work = Work.CPU
    ) -> T:
        """Run a blocking function in a thread."""
        if self._in_thread is not None:
            return await self._in_thread(function, *args)
        return await in_worker_thread(function, *args, work=work)

    def random_for(self, path: str, life: int) -> random.Random:
        """Return a generator that depends on the seed, the actor and the life alone."""
        if self._seed is None:
            return random.Random()
        return random.Random(f"{self._seed}/{path}/{life}")
