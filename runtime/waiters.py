"""Tasks that wait in a row."""

from __future__ import annotations

from collections.abc import Callable

from trio.lowlevel import Abort, Task, current_task, reschedule, wait_task_rescheduled


class Waiters:
    """Parked tasks, first in, first out. Leaner than `trio.lowlevel.ParkingLot`: no statistics."""

    __slots__ = ("_tasks",)

    def __init__(self) -> None:
        self._tasks: dict[Task, None] = {}

    def __len__(self) -> int:
        return len(self._tasks)

    async def park(self) -> None:
        """Wait until woken. When cancelled, the task leaves the row."""
        tasks = self._tasks
        task = current_task()
        tasks[task] = None

        def leave(_: Callable[[], object]) -> Abort:
            del tasks[task]
            return Abort.SUCCEEDED

        await wait_task_rescheduled(leave)

    def wake_one(self) -> None:
        """Wake the task that has waited longest, if any."""
        tasks = self._tasks
        if tasks:
            task = next(iter(tasks))
            del tasks[task]
            reschedule(task)

    def wake_all(self) -> None:
        """Wake all."""
        tasks = self._tasks
        while tasks:
            reschedule(tasks.popitem()[0])
