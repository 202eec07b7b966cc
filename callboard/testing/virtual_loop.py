"""An asyncio event loop in Trio's time: its clock is Trio's, a Trio task runs its callbacks.

Asyncio code that runs on it takes part in virtual time, in the same order on every run. It has
timers, tasks and datagrams over a network in memory; no files, no sockets, no threads.
"""

import asyncio
import contextvars
import heapq
import itertools
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from typing import Any, TypeVar, TypeVarTuple, cast

import trio

from callboard.testing.errors import LabError
from callboard.testing.network import MemoryNetwork

_T = TypeVar("_T")
_P = TypeVar("_P", bound=asyncio.BaseProtocol)
_Ts = TypeVarTuple("_Ts")

AT_ONCE = 10_000
"""Callbacks in a row before other Trio tasks get a turn."""

CLOSE_SECONDS = 5.0
"""Seconds that cancelled asyncio tasks may take to end."""


class VirtualLoop(asyncio.AbstractEventLoop):
    """An event loop for one run of Trio; `run` drives it until cancelled."""

    def __init__(self, network: MemoryNetwork) -> None:
        self._network = network
        self._ready: deque[asyncio.Handle] = deque()
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._numbers = itertools.count()
        self._idle = trio.lowlevel.ParkingLot()
        self._closed = False

    async def run(self) -> None:
        """Run what is due, then wait for the next timer or the next call."""
        while True:
            self._run_due()
            await trio.lowlevel.checkpoint_if_cancelled()
            if self._ready:
                await trio.lowlevel.cancel_shielded_checkpoint()
                continue
            deadline = self._timers[0][0] if self._timers else float("inf")
            with trio.move_on_at(deadline):
                await self._idle.park()

    async def aclose(self) -> None:
        """Cancel all tasks and wait until they have ended. Shield this.

        Raises:
            LabError: a task does not end; its name is told.
        """
        with self._running():
            tasks = sorted(asyncio.all_tasks(self), key=lambda task: task.get_name())
        ended = trio.Event()
        left = set(tasks)

        def end(task: asyncio.Task[Any]) -> None:
            left.discard(task)
            if not left:
                ended.set()

        for task in tasks:
            task.add_done_callback(end)
            task.cancel()
        if tasks:
            with trio.move_on_after(CLOSE_SECONDS):
                await ended.wait()
        self._closed = True
        for task in tasks:
            if not task.done():
                raise LabError(f"an asyncio task does not end when it is cancelled: {task!r}")

    def _run_due(self) -> None:
        with self._running():
            for _ in range(AT_ONCE):
                now = self.time()
                while self._timers and self._timers[0][0] <= now:
                    self._ready.append(heapq.heappop(self._timers)[2])
                if not self._ready:
                    return
                handle = self._ready.popleft()
                if not handle.cancelled():
                    handle._run()  # pyright: ignore[reportPrivateUsage]  (as asyncio's loops do)

    @contextmanager
    def _running(self) -> Generator[None]:
        asyncio._set_running_loop(self)  # how a loop says so: asyncio.events.__all__
        try:
            yield
        finally:
            asyncio._set_running_loop(None)

    # What asyncio asks of a loop

    def time(self) -> float:
        return trio.current_time()

    def call_soon(
        self,
        callback: Callable[[*_Ts], object],
        *args: *_Ts,
        context: contextvars.Context | None = None,
    ) -> asyncio.Handle:
        """Call in the next round; only from Trio's thread."""
        self._check_open()
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        self._idle.unpark_all()
        return handle

    def call_soon_threadsafe(
        self,
        callback: Callable[[*_Ts], object],
        *args: *_Ts,
        context: contextvars.Context | None = None,
    ) -> asyncio.Handle:
        """As `call_soon`: there are no threads here."""
        return self.call_soon(callback, *args, context=context)

    def call_at(
        self,
        when: float,
        callback: Callable[[*_Ts], object],
        *args: *_Ts,
        context: contextvars.Context | None = None,
    ) -> asyncio.TimerHandle:
        """Call at a moment of Trio's clock."""
        self._check_open()
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        heapq.heappush(self._timers, (when, next(self._numbers), handle))
        self._idle.unpark_all()
        return handle

    def call_later(
        self,
        delay: float,
        callback: Callable[[*_Ts], object],
        *args: *_Ts,
        context: contextvars.Context | None = None,
    ) -> asyncio.TimerHandle:
        """Call after so many seconds."""
        return self.call_at(self.time() + delay, callback, *args, context=context)

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """It is skipped when its time comes."""

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(
        self,
        coro: Coroutine[Any, Any, _T] | Generator[Any, None, _T],
        *,
        name: str | None = None,
        context: contextvars.Context | None = None,
    ) -> asyncio.Task[_T]:
        self._check_open()
        return asyncio.Task(coro, loop=self, name=name, context=context)

    async def create_datagram_endpoint(
        self,
        protocol_factory: Callable[[], _P],
        local_addr: tuple[str, int] | str | None = None,
        remote_addr: tuple[str, int] | str | None = None,
        **options: object,
    ) -> tuple[asyncio.DatagramTransport, _P]:
        """A socket of the network in memory.

        Raises:
            OSError: the network has no such address.
        """
        if not isinstance(local_addr, tuple) or remote_addr is not None or options:
            raise LabError("in virtual time a datagram socket has a local address and no options")
        protocol = protocol_factory()
        if not isinstance(protocol, asyncio.DatagramProtocol):
            raise LabError(f"a datagram socket needs a DatagramProtocol, not {protocol!r}")
        transport = self._network.open(self, protocol, local_addr)
        protocol.connection_made(transport)
        return transport, protocol

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Raise where Trio sees it: nothing is lost in a log."""
        error = context.get("exception")
        # A handle's own message holds the address of what it calls.
        message = "a callback failed" if "handle" in context else context.get("message")
        raise LabError(f"{message}: {error!r}") from cast("BaseException | None", error)

    def get_debug(self) -> bool:
        """Never: asyncio's debug mode measures real time."""
        return False

    def is_running(self) -> bool:
        """From its first callback until it is closed."""
        return not self._closed

    def is_closed(self) -> bool:
        """Whether `aclose` has run."""
        return self._closed

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError("Event loop is closed")  # asyncio's own words
