"""Runs Trio in virtual time: its clock, its thread work, the same order on every run.

As `trio.testing.MockClock(autojump_threshold=0)` does, but without a turn of the run loop and a
look at the operating system for each jump: half of the time of a long call.
"""

import heapq
import importlib
import math
import random
import warnings
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Generator, Sized
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import CodeType
from typing import Protocol, TypeVar, TypeVarTuple, cast

import attrs
import outcome
import trio
import trio.testing

from callboard.testing.errors import LabWarning

_run_loop = importlib.import_module("trio._core._run")


class _Runner(Protocol):
    @property
    def waiting_for_idle(self) -> Sized: ...
    @property
    def tasks(self) -> Collection[trio.lowlevel.Task]: ...


class VirtualClock(trio.abc.Clock):
    """For one `trio.run`. Tasks in `wait_all_tasks_blocked` are woken before it jumps."""

    def __init__(self) -> None:
        self.left_waiting: str | None = None
        """Who waited for the network, and where, when time first ran on meanwhile."""
        self._now = 0.0
        self._tasks: Collection[trio.lowlevel.Task] = ()
        self._waiting_for_idle: Sized = ()
        self._alarms: list[tuple[float, int, trio.lowlevel.Task]] = []
        self._set = 0

    def start_clock(self) -> None:
        """Find out who waits for idle, and all tasks; Trio has no public names for them."""
        runner = cast("_Runner", _run_loop.GLOBAL_RUN_CONTEXT.runner)
        self._waiting_for_idle, self._tasks = runner.waiting_for_idle, runner.tasks

    def current_time(self) -> float:
        """Seconds of virtual time."""
        return self._now

    async def sleep_until(self, moment: float) -> None:
        """As `trio.sleep_until`, at an eighth of its cost; for what beats fifty times a second."""
        if moment <= self._now:
            await trio.lowlevel.checkpoint()
            return
        self._set += 1
        alarm = (moment, self._set, trio.lowlevel.current_task())
        heapq.heappush(self._alarms, alarm)

        def abort(_: object) -> trio.lowlevel.Abort:
            self._alarms.remove(alarm)
            heapq.heapify(self._alarms)
            return trio.lowlevel.Abort.SUCCEEDED

        await trio.lowlevel.wait_task_rescheduled(abort)

    def deadline_to_sleep_time(self, deadline: float) -> float:
        """Jump to `deadline`, or the next alarm. Trio asks this only when no task can run."""
        if len(self._waiting_for_idle):
            return deadline - self._now
        if self.left_waiting is None and (self._alarms or deadline < math.inf):
            self.left_waiting = _who_waits_outside(self._tasks)
        if self._alarms and self._alarms[0][0] <= deadline:
            self._now = self._alarms[0][0]
            while self._alarms and self._alarms[0][0] <= self._now:
                trio.lowlevel.reschedule(heapq.heappop(self._alarms)[2])
            return 0.0
        if deadline == math.inf:
            return math.inf
        self._now = max(self._now, deadline)
        return 0.0


_OF_TRIO_ITSELF = 1
"""Tasks of Trio's own that always wait to be woken by other threads, through a socket."""


def _who_waits_outside(tasks: Collection[trio.lowlevel.Task]) -> str | None:
    """The first task that waits for a socket, a pipe or a name's address, and its line."""
    waiting = trio.lowlevel.current_statistics().io_statistics
    # epoll and Windows tell readers from writers, kqueue does not.
    kinds = ("tasks_waiting_read", "tasks_waiting_write", "tasks_waiting")
    on_sockets = sum(getattr(waiting, kind, 0) for kind in kinds) > _OF_TRIO_ITSELF
    # Trio looks up names in threads.
    in_threads = trio.to_thread.current_default_thread_limiter().borrowed_tokens > 0
    if not (on_sockets or in_threads):
        return None
    for task in tasks:
        names = {
            code.co_name for code, _ in _frames(task) if "trio" in Path(code.co_filename).parts
        }
        if names & {"wait_readable", "wait_writable", "getaddrinfo"} and "wait_woken" not in names:
            return _own_line(task)
    return "a task" if on_sockets else None


def _frames(task: trio.lowlevel.Task) -> list[tuple[CodeType, int]]:
    return [(frame.f_code, line) for frame, line in task.iter_await_frames()]


def _own_line(task: trio.lowlevel.Task) -> str:
    """The task, or its nearest parent, that stands in code which is in no installed package."""
    asking: trio.lowlevel.Task | None = task
    while asking is not None:
        for code, line in reversed(_frames(asking)):
            if "site-packages" not in code.co_filename:
                return f"{asking.name} ({Path(code.co_filename).name}:{line})"
        asking = asking.parent_nursery.parent_task if asking.parent_nursery else None
    return task.name


async def sleep_until(moment: float) -> None:
    """Sleep by the lab's clock where it runs, else by Trio."""
    clock = trio.lowlevel.current_clock()
    if isinstance(clock, VirtualClock):
        await clock.sleep_until(moment)
    else:
        await trio.sleep_until(moment)


_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")


@attrs.define(eq=False)
class _Job:
    run: Callable[[], object]
    task: trio.lowlevel.Task


class Jobs:
    """Runs jobs in one worker thread, in the order in which they were submitted.

    A job starts only when every other task is blocked, and Trio waits for it, so however long it
    takes, the same tasks run before and after it, and it takes no virtual time. A job that is
    cancelled before its start is taken from the queue.
    """

    def __init__(self) -> None:
        self._queue: deque[_Job] = deque()
        self._submitted = trio.lowlevel.ParkingLot()

    async def run(self, function: Callable[[*_Ts], _T], *args: *_Ts) -> _T:
        """Call `function(*args)` in the worker thread and give its result or its exception."""
        job = _Job(lambda: function(*args), trio.lowlevel.current_task())
        self._queue.append(job)
        self._submitted.unpark()

        def abort(_raise_cancel: object) -> trio.lowlevel.Abort:
            self._queue.remove(job)
            return trio.lowlevel.Abort.SUCCEEDED

        return await trio.lowlevel.wait_task_rescheduled(abort)

    async def serve(self) -> None:
        """Run what is submitted until cancelled; one task of the lab does this."""
        with ThreadPoolExecutor(1, "callboard-lab") as worker:
            while True:
                while not self._queue:
                    await self._submitted.park()
                await trio.testing.wait_all_tasks_blocked()
                if self._queue:
                    job = self._queue.popleft()
                    result = outcome.capture(worker.submit(job.run).result)
                    trio.lowlevel.reschedule(job.task, result)


# Trio shuffles the tasks that are ready at one moment. Two private names of its run loop make the
# shuffle repeatable (Trio sets them itself under Hypothesis); `test_determinism.py` holds that they
# are there and do this.


_DETERMINISTIC = "_ALLOW_DETERMINISTIC_SCHEDULING"
_SHUFFLER = "_r"


@contextmanager
def deterministic(seed: int) -> Generator[None]:
    """Inside the block, Trio's run queue and the `random` module start from `seed`.

    Both are put back at the end. One run at a time: these are globals of the process.
    """
    shuffler: random.Random = getattr(_run_loop, _SHUFFLER)
    was_deterministic: bool = getattr(_run_loop, _DETERMINISTIC)
    shuffler_state, module_state = shuffler.getstate(), random.getstate()
    setattr(_run_loop, _DETERMINISTIC, True)
    shuffler.seed(seed)
    random.seed(seed)
    try:
        yield
    finally:
        setattr(_run_loop, _DETERMINISTIC, was_deterministic)
        shuffler.setstate(shuffler_state)
        random.setstate(module_state)


def run_virtual(function: Callable[[*_Ts], Awaitable[_T]], *args: *_Ts, seed: int = 0) -> _T:
    """`trio.run` with a clock that starts at 0 and jumps whenever every task is blocked.

    Warns by `LabWarning` where it jumped while a task waited for the network.

    Raises:
        RuntimeError: Trio already runs in this thread.
    """
    if trio.lowlevel.in_trio_run():
        raise RuntimeError(
            "virtual time runs Trio itself, and Trio already runs here; "
            "write the test as a plain `def`, without `async`"
        )
    clock = VirtualClock()
    try:
        with deterministic(seed):
            return trio.run(function, *args, clock=clock)
    finally:
        if clock.left_waiting is not None:
            warnings.warn(
                f"{clock.left_waiting} waited for the network while virtual time ran on: an answer "
                "comes too late or never; in a test let something in memory answer",
                LabWarning,
                stacklevel=3,
            )
