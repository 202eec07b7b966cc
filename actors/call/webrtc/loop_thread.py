"""One asyncio event loop on one thread, owned and joined by a Trio task."""

import asyncio
import contextlib
import ctypes
import os
import sys
import threading
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import NoReturn, ParamSpec, TypeVar, cast

import outcome
import structlog
import trio

from actors.call.video.codecs import Worker
from actors.call.webrtc.datagrams import Poller
from actors.errors import EngineError

# Trio waits for a timer of the kernel's as for a socket: a deadline of Trio's own at
# every tick costs 35 calls of Python, and is rounded up to 1 ms.

CLOCK_MONOTONIC = 1
TFD_NONBLOCK, TFD_CLOEXEC = 0o4000, 0o2000000
TFD_TIMER_ABSTIME = 1
"""timerfd_create(2). Python's `os` has these from 3.13 on."""

SECOND = 10**9


class _Spec(ctypes.Structure):
    """`struct itimerspec`."""

    _fields_ = (
        ("interval_seconds", ctypes.c_long),
        ("interval_nanoseconds", ctypes.c_long),
        ("value_seconds", ctypes.c_long),
        ("value_nanoseconds", ctypes.c_long),
    )


class TimerFd:
    """A timer that has a file's number. `open_alarm` makes one, where there are such timers."""

    def __init__(self, libc: ctypes.CDLL, number: int) -> None:
        self._libc = libc
        self._number = number

    def fileno(self) -> int:
        """The timer's number; -1 when closed."""
        return self._number

    def start(self, first: float, period: float) -> None:
        """Go off at the second `first` of `time.monotonic` and every `period` seconds after it.

        Raises:
            OSError: when the alarm is closed.
        """
        seconds, rest = divmod(round(first * SECOND), SECOND)
        every, left = divmod(round(period * SECOND), SECOND)
        spec = _Spec(every, left, seconds, rest)
        if self._libc.timerfd_settime(self._number, TFD_TIMER_ABSTIME, ctypes.byref(spec), None):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))

    def heard(self) -> int:
        """How often it has gone off since it was asked last. Never waits."""
        try:
            return int.from_bytes(os.read(self._number, 8), sys.byteorder)
        except BlockingIOError:
            return 0

    def close(self) -> None:
        """Free the timer. Idempotent."""
        number, self._number = self._number, -1
        if number >= 0:
            os.close(number)


def open_alarm() -> TimerFd | None:
    """An alarm that is not started; None where the system has none, or a sandbox forbids it."""
    if not sys.platform.startswith("linux") or sys.maxsize < 2**32:
        return None
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        number = libc.timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)
    except (OSError, AttributeError):
        return None
    return TimerFd(libc, number) if number >= 0 else None


P = ParamSpec("P")
T = TypeVar("T")

NewLoop = Callable[[], asyncio.AbstractEventLoop]

JOIN_SECONDS = 5.0

MAX_CRASHES = 5
WITHIN_SECONDS = 10.0
"""A loop that crashed goes on; more often than this it is given up, as any actor would be."""


class LoopThread:
    """The way between Trio and an asyncio loop on another thread.

    Trio to asyncio: `run` (a coroutine, awaited) and `post` (a plain function). Asyncio to Trio:
    `deliver` puts a call on a deque; one pending flag and one `run_sync_soon` drain them all.
    What comes too late on either side, when the other has ended, is absorbed.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, token: trio.lowlevel.TrioToken) -> None:
        self.loop = loop
        self._token = token
        self._inbox: deque[Callable[[], object]] = deque()
        self._pending = False
        self._waiting: dict[trio.lowlevel.Task, Callable[[outcome.Outcome[object]], None]] = {}

    def post(self, function: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> bool:
        """Call a function on the loop soon; False when the loop has ended. Any thread."""
        try:
            self.loop.call_soon_threadsafe(lambda: function(*args, **kwargs))
        except RuntimeError:  # the loop is closed
            return False
        return True

    def deliver(self, call: Callable[[], object]) -> None:
        """Call a function on the Trio thread soon. Any thread.

        The function runs in Trio's entry queue: it must not raise and not block.
        """
        self._inbox.append(call)
        if not self._pending:
            self._pending = True
            # When Trio has ended nobody is left to hear.
            with contextlib.suppress(trio.RunFinishedError):
                self._token.run_sync_soon(self._drain)

    def _drain(self) -> None:
        # The flag falls first: what is appended meanwhile is either seen below or asks again.
        self._pending = False
        while self._inbox:
            self._inbox.popleft()()

    def alarm(self) -> TimerFd | None:
        """What wakes Trio at every tick; close it. None where its own deadlines must do."""
        return open_alarm()

    def poller(self, clock: Callable[[], float]) -> Poller | None:
        """What reads this loop's sockets at every tick; close it. None where there are none."""
        return Poller(clock)

    def worker(self, name: str, failed: Callable[[Exception], None]) -> Worker:
        """What codes pictures beside this loop: a thread of its own."""
        return Worker(name, failed)

    async def run(self, function: Callable[[], Coroutine[object, object, T]]) -> T:
        """Run a coroutine function on the loop and wait for its result.

        Cancellation cancels the asyncio task and waits until it has ended, so nothing goes on
        behind the caller's back.

        Raises:
            EngineError: when the engine has ended.
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        waiter = trio.lowlevel.current_task()
        task: asyncio.Task[T] | None = None
        raise_cancel: Callable[[], NoReturn] | None = None

        def start() -> None:
            nonlocal task
            task = self.loop.create_task(function())
            task.add_done_callback(finished)

        def finished(done: asyncio.Task[T]) -> None:
            result: outcome.Outcome[T]
            if done.cancelled():
                result = outcome.Error(EngineError("the media engine ended in the middle of work"))
            elif (error := done.exception()) is not None:
                result = outcome.Error(error)
            else:
                result = outcome.Value(done.result())
            self.deliver(lambda: resume(result))

        def resume(result: outcome.Outcome[object]) -> None:
            del self._waiting[waiter]
            if raise_cancel is not None and (task is None or task.cancelled()):
                result = outcome.capture(raise_cancel)
            trio.lowlevel.reschedule(waiter, result)

        def abort(cancel: Callable[[], NoReturn]) -> trio.lowlevel.Abort:
            nonlocal raise_cancel
            raise_cancel = cancel
            self.post(lambda: task.cancel() if task is not None else None)
            return trio.lowlevel.Abort.FAILED

        if not self.post(start):
            raise EngineError("the media engine has ended")
        self._waiting[waiter] = resume
        return cast("T", await trio.lowlevel.wait_task_rescheduled(abort))

    def release_waiters(self) -> None:
        """Wake everybody whose coroutine never started, because the loop had ended. In Trio."""
        for resume in list(self._waiting.values()):
            resume(outcome.Error(EngineError("the media engine has ended")))


@contextlib.asynccontextmanager
async def open_loop_thread(
    name: str, new_loop: NewLoop | None = None
) -> AsyncGenerator[LoopThread]:
    """Start an asyncio loop on a thread of its own; end and join both when the block is left.

    Leaving is shielded and bounded: the loop's tasks are cancelled, its sockets closed, and the
    thread has 5 s to end.

    What crashes the loop itself (a callback that exits) ends that callback alone: the loop goes
    on with everything else that it holds, so the connections stay. After more than 5 crashes in
    10 s it is given up, and the block is cancelled.

    Args:
        name: the thread's.
        new_loop: makes the loop; asyncio's selector loop, unless given: on every system, because
            the proactor loop has no fast datagrams.

    Raises:
        EngineError: when the loop was given up, from its last crash, or when the thread does not
            end in time.
    """
    token = trio.lowlevel.current_trio_token()
    started, ended = trio.Event(), trio.Event()
    opened: list[tuple[LoopThread, asyncio.Event]] = []
    given_up: list[BaseException] = []
    block = trio.CancelScope()

    async def live() -> None:
        if not opened:
            opened.append((LoopThread(asyncio.get_running_loop(), token), asyncio.Event()))
            token.run_sync_soon(started.set)
        await opened[0][1].wait()

    def body() -> None:
        try:
            given_up.extend(_run(live, name, new_loop or asyncio.SelectorEventLoop))
        finally:
            with contextlib.suppress(trio.RunFinishedError):
                token.run_sync_soon(end)

    def end() -> None:
        started.set()
        ended.set()
        for bridge, _ in opened:
            bridge.release_waiters()
        if given_up:
            block.cancel(reason=f"the event loop of {name!r} was given up")

    thread = threading.Thread(target=body, name=name)
    thread.start()
    try:
        with trio.CancelScope(shield=True):
            await started.wait()
        if not opened:
            raise EngineError(f"the thread {name!r} ended before its event loop ran")
        with block:
            yield opened[0][0]
    finally:
        with trio.CancelScope(shield=True), trio.move_on_after(JOIN_SECONDS):
            if opened:
                opened[0][0].post(opened[0][1].set)
            await ended.wait()
        if not ended.is_set():
            raise EngineError(
                f"the thread {name!r} did not end within {JOIN_SECONDS:g} s of being asked to"
            )
        thread.join()
    if given_up:
        raise EngineError(
            f"the event loop of the thread {name!r} crashed more than {MAX_CRASHES} times in "
            f"{WITHIN_SECONDS:g} s and was given up"
        ) from given_up[0]


def _run(
    live: Callable[[], Coroutine[object, object, None]], name: str, new_loop: NewLoop
) -> list[BaseException]:
    """Run a loop until `live` returns, through its crashes; the last one if it was given up."""
    crashes: deque[float] = deque(maxlen=MAX_CRASHES + 1)
    runner = asyncio.Runner(loop_factory=new_loop)
    try:
        while True:
            try:
                runner.run(live())
            except BaseException as error:  # whatever it was, the calls must go on
                crashes.append(runner.get_loop().time())
                if len(crashes) > MAX_CRASHES and crashes[-1] - crashes[0] < WITHIN_SECONDS:
                    return [error]
                _report_crash(name, error, "the loop goes on")
            else:
                return []
    finally:
        try:
            runner.close()
        except BaseException as error:  # what crashes a loop to its end must not keep it from it
            _report_crash(name, error, "the loop ends")


def _report_crash(name: str, error: BaseException, decision: str) -> None:
    structlog.get_logger("callboard").error(
        "engine.crashed", thread=name, error=type(error).__name__, decision=decision
    )
