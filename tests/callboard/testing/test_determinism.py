"""The private names of Trio that the lab touches are there, and they do what the lab needs."""

import random

import pytest
import trio
import trio._core._run as run_loop

from callboard.testing.clock import deterministic, run_virtual


async def order_of_ten_tasks() -> list[int]:
    order: list[int] = []

    async def note(number: int) -> None:
        for _ in range(3):
            await trio.lowlevel.checkpoint()
            order.append(number)

    async with trio.open_nursery() as nursery:
        for number in range(10):
            nursery.start_soon(note, number)
    return order


def test_trio_still_has_both_names() -> None:
    assert isinstance(run_loop._ALLOW_DETERMINISTIC_SCHEDULING, bool)
    assert isinstance(run_loop._r, random.Random)


def test_same_seed_gives_the_same_schedule() -> None:
    assert run_virtual(order_of_ten_tasks, seed=3) == run_virtual(order_of_ten_tasks, seed=3)


def test_another_seed_gives_another_schedule() -> None:
    orders = {tuple(run_virtual(order_of_ten_tasks, seed=seed)) for seed in range(5)}
    assert len(orders) == 5


def test_both_names_are_put_back_even_after_an_error() -> None:
    before = run_loop._ALLOW_DETERMINISTIC_SCHEDULING, run_loop._r.getstate(), random.getstate()

    def fail_inside() -> None:
        assert run_loop._ALLOW_DETERMINISTIC_SCHEDULING is True
        raise ZeroDivisionError(random.random() + run_loop._r.random())

    with pytest.raises(ZeroDivisionError), deterministic(1):
        fail_inside()
    after = run_loop._ALLOW_DETERMINISTIC_SCHEDULING, run_loop._r.getstate(), random.getstate()
    assert after == before


def test_an_hour_passes_at_once_and_exactly() -> None:
    async def sleep() -> float:
        await trio.sleep(3600)
        return trio.current_time()

    assert run_virtual(sleep) == 3600


def test_inside_trio_the_error_says_what_to_write() -> None:
    async def nested() -> None:
        run_virtual(order_of_ten_tasks)

    with pytest.raises(RuntimeError, match="plain `def`"):
        trio.run(nested)
