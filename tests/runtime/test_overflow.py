"""What a full link does, and what goes stale in it."""

import pytest
import trio
from stage_set import Speech, run
from test_link_contract import ends

from runtime import Gap, Link, LinkFullError, Overflow, TurnStarted


def send_all(overflow: Overflow, capacity: int, items: range):
    send, receive, link = ends(capacity, overflow)
    for item in items:
        send.send_nowait(item)
    got: list[object] = []
    while link.statistics().depth:
        got.append(receive.receive_nowait())
    return got, link.statistics().dropped


def test_drop_oldest_keeps_the_newest_in_order() -> None:
    async def main() -> None:
        got, dropped = send_all(Overflow.DROP_OLDEST, 3, range(5))
        assert got == [2, 3, 4]
        assert dropped == {"oldest": 2}

    run(main)


def test_drop_newest_keeps_the_oldest() -> None:
    async def main() -> None:
        assert send_all(Overflow.DROP_NEWEST, 3, range(5)) == ([0, 1, 2], {"newest": 2})

    run(main)


def test_latest_keeps_one_whatever_the_capacity() -> None:
    async def main() -> None:
        assert send_all(Overflow.LATEST, 3, range(5)) == ([4], {"latest": 4})

    run(main)


def test_error_is_raised_in_the_sender_and_says_what_to_do() -> None:
    async def main() -> None:
        send, _, _ = ends(2, Overflow.ERROR)
        await send.send(1)
        await send.send(2)
        with pytest.raises(LinkFullError, match=r"a\.out >> b\.inlet holds 2 items.*more capacity"):
            await send.send(3)

    run(main)


def test_an_item_older_than_max_age_is_not_handed_over() -> None:
    async def main() -> None:
        send, receive, _ = ends(5)
        link = Link[object]("a", "b", capacity=5, max_age=0.5)
        receive.links.clear()
        receive.connect(link)
        link.offer("old", None)
        await trio.sleep(0.3)
        link.offer("young", None)
        await trio.sleep(0.3)
        assert await receive.receive() == "young"
        assert link.statistics().dropped == {"age": 1}
        del send

    run(main)


def test_raising_the_floor_drops_what_is_queued_and_what_comes_later() -> None:
    async def main() -> None:
        send, receive, link = ends(10)
        for turn in (1, None, 2, 3):
            send.send_nowait(Speech(0, turn))
        assert link.raise_floor(3) == 2
        assert link.raise_floor(2) == 0
        await send.send(Speech(1, 2))
        send.send_nowait(Speech(2, 3))
        assert [receive.receive_nowait() for _ in range(3)] == [
            Speech(0, None),
            Speech(0, 3),
            Speech(2, 3),
        ]
        assert link.statistics().dropped == {"stale": 3}

    run(main)


def test_raising_the_floor_wakes_senders_of_stale_items_and_lets_others_in() -> None:
    async def main() -> None:
        send, receive, link = ends(1)
        await send.send(Speech(0, 1))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(send.send, Speech(1, 1))
            await trio.testing.wait_all_tasks_blocked()
            nursery.start_soon(send.send, Speech(2, 2))
            await trio.testing.wait_all_tasks_blocked()
            assert link.raise_floor(2) == 2
        assert receive.receive_nowait() == Speech(2, 2)

    run(main)


def test_an_item_that_goes_stale_between_hand_over_and_receiver_is_dropped() -> None:
    async def main() -> None:
        send, receive, link = ends(5)
        got: list[object] = []

        async def wait() -> None:
            got.append(await receive.receive())

        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait)
            await trio.testing.wait_all_tasks_blocked()
            send.send_nowait(Speech(1, turn=1))
            link.raise_floor(2)
            await trio.testing.wait_all_tasks_blocked()
            assert got == []
            send.send_nowait(Speech(2, turn=2))
        assert got == [Speech(2, 2)]
        assert (link.statistics().received, link.statistics().dropped) == (1, {"stale": 1})

    run(main)


def test_an_item_without_a_turn_of_its_own_has_that_of_the_item_before() -> None:
    async def main() -> None:
        send, receive, link = ends(5)
        receive.connect(Link("x", "y"))
        first, second = receive.links
        first.offer(Speech(1, turn=7), 7)
        await receive.receive()
        # One actor's ports share a hand.
        send._state = receive._state
        seen: list[int | None] = []
        remove = link.probe(lambda _, turn: seen.append(turn))
        await send.send("a word")
        send.send_nowait("another")
        remove()
        await send.send("unseen")
        assert seen == [7, 7]
        del second

    run(main)


def test_marks_take_no_room_keep_their_place_and_are_never_dropped() -> None:
    async def main() -> None:
        send, receive, link = ends(2, Overflow.DROP_OLDEST)
        send.mark(TurnStarted(1))
        for number in range(4):
            send.send_nowait(number)
        send.mark(Gap())
        send.mark(Gap())
        link.close()
        send.mark(Gap())
        items = [item async for item in receive.with_marks()]
        assert items == [TurnStarted(1), 2, 3, Gap()]

    run(main)


def test_a_discarding_link_counts_what_it_was_given_and_holds_nobody_up() -> None:
    async def main() -> None:
        send, receive, link = ends(1)
        await send.send(1)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(send.send, 2)
            await trio.testing.wait_all_tasks_blocked()
            link.discard(True)
        await send.send(3)
        send.mark(Gap())
        link.discard(False)
        await send.send(4)
        assert await receive.receive() == 4
        assert link.statistics().dropped == {"discarded": 3}

    run(main)


def test_what_stands_in_a_live_link_for_half_a_second_is_shed_but_one_frame() -> None:
    async def main() -> None:
        send, receive, link = ends(5, Overflow.DROP_OLDEST)
        for number in range(5):
            send.send_nowait(number)
        depths: list[int] = []
        for number in range(5, 60):
            # In step: one in, one out, and five always there.
            send.send_nowait(number)
            depths.append(link.statistics().depth)
            await receive.receive()
            await trio.sleep(0.02)
        assert max(depths[:20]) == 5
        assert max(depths[-20:]) <= 2
        assert link.statistics().dropped["standing"] >= 3

    run(main)


def test_a_live_link_that_runs_empty_now_and_then_sheds_nothing() -> None:
    async def main() -> None:
        send, receive, link = ends(5, Overflow.DROP_OLDEST)
        for _ in range(40):
            for number in range(4):
                send.send_nowait(number)
            for _ in range(4):
                await receive.receive()
            await trio.sleep(0.08)
        assert link.statistics().dropped == {}

    run(main)
