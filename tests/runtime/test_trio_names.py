"""Private names of Trio that the runtime touches are there and do what it needs."""

import types

import trio
import trio._core._traps as traps
import trio.testing
from trio.lowlevel import Abort, current_task, reschedule

from runtime.waiting import HANDED, message_for, park


def test_a_task_knows_whether_it_is_cancelled() -> None:
    async def main() -> tuple[bool, bool]:
        with trio.CancelScope() as scope:
            before = current_task()._cancel_status.effectively_cancelled
            scope.cancel()
            after = current_task()._cancel_status.effectively_cancelled
            await trio.lowlevel.checkpoint()
        return before, after

    assert trio.run(main) == (False, True)


def test_the_message_that_parks_a_task_is_trios() -> None:
    assert message_for is traps.WaitTaskRescheduled
    assert isinstance(park(message_for(lambda _: Abort.FAILED)), types.GeneratorType)


def test_a_message_parks_again_and_again_and_lets_go_when_cancelled() -> None:
    async def main() -> list[str]:
        happened: list[str] = []

        def let_go(_: object) -> Abort:
            happened.append("let go")
            return Abort.SUCCEEDED

        message, parked = message_for(let_go), current_task()

        async def wake() -> None:
            for _ in range(3):
                await trio.testing.wait_all_tasks_blocked()
                happened.append("wake")
                reschedule(parked, HANDED)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(wake)
            for _ in range(3):
                await park(message)
            with trio.move_on_after(0.01) as scope:
                await park(message)
            happened.append(f"cancelled {scope.cancelled_caught}")
        return happened

    assert trio.run(main) == ["wake", "wake", "wake", "let go", "cancelled True"]
