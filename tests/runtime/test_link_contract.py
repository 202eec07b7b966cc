"""What Trio's own memory channel promises, held by our link: after trio's test_channel.py.

The one exception: an operation that does not wait is a cancellation point, but gives others their
turn only every 64 items or 1 ms. A link has two ends and no clones, and holds at least one item.
"""

from collections.abc import Callable

import pytest
import trio
from stage_set import run
from trio.testing import wait_all_tasks_blocked

from runtime import Actor, Link, Overflow
from runtime.kinds import InletOptions, OutletOptions
from runtime.port_state import FAIR_SHARE, Inlet, Outlet, PortState


def ends(capacity: int = 1, overflow: Overflow = Overflow.BLOCK):
    link = Link[object]("a.out", "b.inlet", capacity=capacity, overflow=overflow)
    sender = Outlet[object](Actor(), "out", OutletOptions(), PortState())
    receiver = Inlet[object](Actor(), "inlet", InletOptions(), PortState())
    sender.connect(link)
    receiver.connect(link)
    return sender, receiver, link


def test_items_come_in_order_and_no_more_than_the_capacity_are_held() -> None:
    async def main() -> None:
        send, receive, link = ends(2)
        send.send_nowait(1)
        send.send_nowait(2)
        with pytest.raises(trio.WouldBlock):
            send.send_nowait(3)
        assert link.statistics().depth == 2
        assert receive.receive_nowait() == 1
        assert await receive.receive() == 2
        with pytest.raises(trio.WouldBlock):
            receive.receive_nowait()

    run(main)


def test_a_sender_waits_for_room_and_its_item_is_there_at_once_when_there_is() -> None:
    async def main() -> None:
        send, receive, link = ends()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(send.send, 1)
            nursery.start_soon(send.send, 1)
            await wait_all_tasks_blocked()
            assert link.statistics().senders_waiting == 1
            assert receive.receive_nowait() == 1
            assert receive.receive_nowait() == 1
        assert link.statistics().sent == 2

    run(main)


def test_an_item_that_meets_a_waiting_receiver_is_its_own() -> None:
    async def main() -> None:
        send, receive, _ = ends(5)
        got: list[object] = []

        async def wait() -> None:
            got.append(await receive.receive())

        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait)
            await wait_all_tasks_blocked()
            send.send_nowait("its")
            # We run first, and still may not take it.
            with pytest.raises(trio.WouldBlock):
                receive.receive_nowait()
        assert got == ["its"]

    run(main)


def test_receivers_are_served_in_the_order_in_which_they_came() -> None:
    async def main() -> None:
        send, receive, _ = ends(5)
        got: list[tuple[str, object]] = []

        async def wait(name: str) -> None:
            got.append((name, await receive.receive()))

        async with trio.open_nursery() as nursery:
            for name in "abc":
                nursery.start_soon(wait, name)
                await wait_all_tasks_blocked()
            for number in range(3):
                await send.send(number)
        assert sorted(got) == [("a", 0), ("b", 1), ("c", 2)]

    run(main)


def test_senders_are_served_in_the_order_in_which_they_came() -> None:
    async def main() -> None:
        send, receive, _ = ends()
        async with trio.open_nursery() as nursery:
            for number in range(4):
                nursery.start_soon(send.send, number)
                await wait_all_tasks_blocked()
            assert [await receive.receive() for _ in range(4)] == [0, 1, 2, 3]

    run(main)


def cancelled(operation: Callable[[], object]) -> bool:
    async def check() -> bool:
        with trio.CancelScope() as scope:
            scope.cancel()
            await operation()  # type: ignore[misc]
        return scope.cancelled_caught

    return check()  # type: ignore[return-value]


def test_a_cancelled_send_has_not_sent() -> None:
    async def main() -> None:
        send, receive, link = ends()
        assert await cancelled(lambda: send.send("lost"))
        assert link.statistics().sent == 0
        await send.send("first")
        with trio.move_on_after(1) as scope:
            await send.send("waits for room")
        assert scope.cancelled_caught
        assert receive.receive_nowait() == "first"
        with pytest.raises(trio.WouldBlock):
            receive.receive_nowait()

    run(main)


def test_a_cancelled_receive_has_received_nothing() -> None:
    async def main() -> None:
        send, receive, _ = ends()
        await send.send("kept")
        assert await cancelled(receive.receive)
        assert receive.receive_nowait() == "kept"
        with trio.move_on_after(1) as scope:
            await receive.receive()
        assert scope.cancelled_caught
        await send.send("next")
        assert await receive.receive() == "next"

    run(main)


def test_an_item_handed_over_survives_a_cancellation_that_comes_later() -> None:
    async def main() -> None:
        send, receive, _ = ends()
        got: list[object] = []
        scope = trio.CancelScope()

        async def wait() -> None:
            with scope:
                got.append(await receive.receive())

        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait)
            await wait_all_tasks_blocked()
            send.send_nowait("in time")
            scope.cancel()
        assert got == ["in time"]

    run(main)


def test_closing_ends_the_stream_behind_what_is_queued() -> None:
    async def main() -> None:
        send, receive, link = ends(5)
        await send.send(1)
        await send.send(2)
        link.close()
        link.close()
        assert [item async for item in receive] == [1, 2]
        with pytest.raises(trio.EndOfChannel):
            await receive.receive()
        with pytest.raises(trio.EndOfChannel):
            receive.receive_nowait()
        with pytest.raises(trio.ClosedResourceError):
            await send.send(3)
        with pytest.raises(trio.ClosedResourceError):
            send.send_nowait(3)

    run(main)


def test_closing_wakes_whoever_waits() -> None:
    async def main() -> None:
        send, receive, link = ends()
        full, _, full_link = ends()
        await full.send(1)
        del send

        async def waits_for_an_item() -> None:
            with pytest.raises(trio.EndOfChannel):
                await receive.receive()

        async def waits_for_room() -> None:
            with pytest.raises(trio.ClosedResourceError):
                await full.send(2)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(waits_for_an_item)
            nursery.start_soon(waits_for_room)
            await wait_all_tasks_blocked()
            link.close()
            full_link.close()

    run(main)


def test_an_abandoned_link_is_broken_for_its_sender() -> None:
    async def main() -> None:
        send, receive, link = ends()
        await send.send(1)

        async def waits_for_room() -> None:
            with pytest.raises(trio.BrokenResourceError):
                await send.send(2)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(waits_for_room)
            await wait_all_tasks_blocked()
            link.abandon()
        with pytest.raises(trio.BrokenResourceError):
            send.send_nowait(3)
        with pytest.raises(trio.ClosedResourceError):
            await receive.receive()
        assert link.statistics().dropped == {"discarded": 1}

    run(main)


def test_statistics_count_everything() -> None:
    async def main() -> None:
        send, receive, link = ends(3)
        for number in range(3):
            await send.send(number)
        await trio.sleep(2)
        await receive.receive()
        now = link.statistics()
        assert (now.sent, now.received, now.depth, now.high_water) == (3, 1, 2, 3)
        assert now.oldest_age == 2.0
        assert str(link) == "a.out >> b.inlet"
        assert send.statistics() == receive.statistics() == (now,)

    run(main)


@pytest.mark.parametrize("end", ["send", "receive"])
def test_who_never_has_to_wait_lets_the_others_run_after_64_items(end: str) -> None:
    async def main() -> None:
        send, receive, _ = ends(1000)
        steps = 0

        async def neighbour() -> None:
            nonlocal steps
            while True:
                await trio.lowlevel.checkpoint()
                steps += 1

        async with trio.open_nursery() as nursery:
            nursery.start_soon(neighbour)
            await trio.lowlevel.checkpoint()
            if end == "receive":
                for number in range(10 * FAIR_SHARE):
                    send.send_nowait(number)
            before = steps
            for number in range(10 * FAIR_SHARE):
                await (send.send(number) if end == "send" else receive.receive())
            assert 8 <= steps - before <= 11
            nursery.cancel_scope.cancel()

    run(main)
