"""What waits for a socket that reads slowly, or not at all."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from actors.room.outbox import BYTES, MESSAGES, Farewell, Outbox


async def everything(outbox: Outbox) -> list[str]:
    return [str(await outbox.get()) for _ in range(len(outbox))]


def attached() -> tuple[Outbox, list[str]]:
    cuts: list[str] = []
    return Outbox(lambda: cuts.append("cut")), cuts


def test_messages_come_in_order_and_the_farewell_after_them() -> None:
    async def main() -> None:
        outbox, _ = attached()
        outbox.put("a")
        outbox.end(Farewell(1000, "bye"))
        outbox.put("too late")
        outbox.end(Farewell(1008))
        assert [await outbox.get(), await outbox.get()] == ["a", Farewell(1000, "bye")]

    trio.run(main)


def test_a_reader_waits_for_the_next() -> None:
    async def main() -> None:
        outbox, _ = attached()
        read: list[object] = []

        async def reader() -> None:
            read.append(await outbox.get())

        async with trio.open_nursery() as nursery:
            nursery.start_soon(reader)
            await trio.testing.wait_all_tasks_blocked()
            assert read == []
            outbox.put("a")
        assert read == ["a"]

    trio.run(main)


@pytest.mark.parametrize(
    ("text", "at_most"), [("x", MESSAGES), ("x" * 65_536, BYTES // 65_536)], ids=["count", "bytes"]
)
def test_a_socket_that_reads_nothing_is_cut_once(text: str, at_most: int) -> None:
    outbox, cuts = attached()
    for _ in range(at_most):
        outbox.put(text)
    assert cuts == []
    outbox.put(text)
    outbox.put(text)
    assert cuts == ["cut"]
    assert trio.run(outbox.get) == Farewell(1008)


@pytest.mark.parametrize(
    ("text", "at_most"), [("x", MESSAGES), ("x" * 65_536, BYTES // 65_536)], ids=["count", "bytes"]
)
def test_without_a_socket_the_oldest_make_room(text: str, at_most: int) -> None:
    outbox = Outbox()
    for number in range(at_most + 5):
        outbox.put(f"{number:03}" + text[3:], lasting=True)
    outbox.put("fleeting")
    kept = trio.run(everything, outbox)
    assert [int(each[:3]) for each in kept] == list(range(5, at_most + 5))


def test_losing_the_socket_keeps_what_lasts() -> None:
    outbox, _ = attached()
    for number in range(10):
        outbox.put(str(number), lasting=number % 2 == 0)
    outbox.detach()
    assert trio.run(everything, outbox) == ["0", "2", "4", "6", "8"]


def test_what_an_earlier_socket_left_behind_cuts_no_later_one() -> None:
    before, (after, cuts) = Outbox(), attached()
    for number in range(MESSAGES):
        before.put(str(number), lasting=True)
    after.put("joined")
    before.hand_over(after)
    for number in range(MESSAGES - 1):
        after.put(str(number))
    assert (cuts, len(after), len(before)) == ([], 2 * MESSAGES, 0)
    after.put("one too many")
    assert cuts == ["cut"]
