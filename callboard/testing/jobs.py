"""Thread work in virtual time: one job at a time, and the clock stands still meanwhile."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, TypeVarTuple

import attrs
import outcome
import trio
import trio.testing

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
