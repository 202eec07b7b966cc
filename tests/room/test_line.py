"""One socket of a room in virtual time: first words, limits, silence, farewells."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
import trio
import trio.testing
from company import Town, open_town
from room_wire import Wire, open_wire

from actors.protocol import limits

JOIN = {"type": "join", "name": "Alice"}
Scene = Callable[["Stage"], Awaitable[None]]


class Stage:
    """A town with sockets."""

    def __init__(self, town: Town, nursery: trio.Nursery) -> None:
        self.town = town
        self._nursery = nursery

    async def connects(self) -> Wire:
        wire = open_wire()
        await self._nursery.start(wire.serve, self.town.rooms)
        return wire

    async def joins(self, name: str = "Alice", **join: object) -> Wire:
        wire = await self.connects()
        wire.sends({"type": "join", "name": name, **join})
        assert (await wire.receives())["type"] == "joined"
        return wire

    async def settles(self) -> None:
        await trio.testing.wait_all_tasks_blocked()


def play(scene: Scene) -> None:
    async def main() -> None:
        async with trio.open_nursery() as nursery:
            town = open_town()
            # Seats are lost on Trio's clock, keys expire on the town's: here they are one.
            town.clock.now = trio.current_time()
            await scene(Stage(town, nursery))
            nursery.cancel_scope.cancel()

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


def test_who_says_nothing_for_10_s_is_told_and_closed() -> None:
    async def scene(stage: Stage) -> None:
        began = trio.current_time()
        wire = await stage.connects()
        error = await wire.receives()
        assert trio.current_time() - began == limits.JOIN_WITHIN == 10
        assert error == {
            "type": "error",
            "code": "not_joined",
            "message": "No join came within 10 s.",
            "fatal": True,
        }
        assert await wire.receives() == {"closed": 1008}

    play(scene)


@pytest.mark.parametrize(
    ("first", "code", "closed"),
    [
        ({"type": "message", "data": 1}, "not_joined", 1008),
        ("hello", "bad_json", 1008),
        (b"\x00", "bad_json", 1008),
        ("[]", "bad_json", 1008),
        ({"type": "join"}, "bad_message", 1008),
        ({"type": "dance"}, "unknown_type", 1008),
        ({"type": "join", "name": "A", "token": "x"}, "bad_token", 1008),
        ('"' + "x" * 65_536, "too_large", 1009),
    ],
)
def test_a_wrong_first_message_is_fatal(first: object, code: str, closed: int) -> None:
    async def scene(stage: Stage) -> None:
        wire = await stage.connects()
        wire.sends(first)
        error = await wire.receives()
        assert (error["type"], error["code"], error["fatal"]) == ("error", code, True)
        assert await wire.receives() == {"closed": closed}
        await stage.settles()
        assert not wire.is_open
        assert stage.town.rooms.figures.refused == {code: 1}

    play(scene)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("{", "bad_json"),
        ('{"type": "message", "data": NaN}', "bad_json"),
        ('{"type": "message", "data": 1e999}', "bad_json"),
        ('{"type": "message", "data": "\\ud800"}', "bad_json"),
        ("[" * 40 + "]" * 40, "bad_json"),
        ('{"type": "message", "data": ' + "[" * 33 + "]" * 33 + "}", "bad_json"),
        (b"{}", "bad_json"),
        ({"type": 7}, "bad_message"),
        ({"type": "x" * 65}, "bad_message"),
        ({"type": "joined"}, "unknown_type"),
        (JOIN, "already_joined"),
        ({"type": "event", "topic": "state", "data": {}}, "not_allowed"),
        ({"type": "message", "to": "nobody", "data": 1}, "unknown_participant"),
    ],
)
def test_a_wrong_later_message_is_answered_and_the_call_goes_on(said: object, code: str) -> None:
    async def scene(stage: Stage) -> None:
        wire = await stage.joins()
        wire.sends(said)
        error = await wire.receives()
        assert (error["type"], error["code"], error["fatal"]) == ("error", code, False)
        wire.sends({"type": "ping"})
        assert await wire.receives() == {"type": "pong"}
        assert stage.town.rooms.figures.errors == {code: 1}

    play(scene)


def test_a_message_over_64_kb_is_fatal_and_the_others_see_a_lost_participant() -> None:
    async def scene(stage: Stage) -> None:
        bob = await stage.joins("Bob")
        wire = await stage.joins()
        await bob.receives()
        largest = '{"type":"ping","x":"' + "é" * ((65_536 - 22) // 2) + '"}'
        assert len(largest.encode()) == 65_536
        wire.sends(largest)
        assert await wire.receives() == {"type": "pong"}
        wire.sends(largest + " ")
        error = await wire.receives()
        assert (error["code"], error["fatal"]) == ("too_large", True)
        assert await wire.receives() == {"closed": 1009}
        await stage.settles()
        assert not wire.is_open
        stage.town.rooms.expire(trio.current_time() + 15)
        assert (await bob.receives())["reason"] == "lost"

    play(scene)


def test_more_than_100_messages_a_second_are_dropped_told_once_a_second_and_at_last_fatal() -> None:
    async def scene(stage: Stage) -> None:
        wire = await stage.joins()
        for _ in range(400 + 10):
            wire.sends({"type": "ping"})
        answers = [await wire.receives() for _ in range(401)]
        assert answers[:400] == [{"type": "pong"}] * 400
        assert (answers[400]["code"], answers[400]["fatal"]) == ("rate_limited", False)
        await trio.sleep(0.5)
        for _ in range(60):
            wire.sends({"type": "ping"})
        # Half a second later 50 more are taken; that 10 are dropped was said a moment ago.
        assert [await wire.receives() for _ in range(50)] == [{"type": "pong"}] * 50
        for _ in range(1000 - 20):
            wire.sends({"type": "ping"})
        wire.sends({"type": "ping"})
        error = await wire.receives()
        assert (error["code"], error["fatal"]) == ("rate_limited", True)
        assert await wire.receives() == {"closed": 1008}

    play(scene)


def test_more_than_512_kb_a_second_are_dropped_too() -> None:
    async def scene(stage: Stage) -> None:
        wire = await stage.joins()
        large = {"type": "ping", "x": "x" * 60_000}
        for _ in range(35):
            wire.sends(large)
        codes = [(await wire.receives()).get("code") for _ in range(35)]
        assert codes == [None] * 34 + ["rate_limited"]

    play(scene)


def test_the_room_pings_every_15_s_with_a_newer_key() -> None:
    async def scene(stage: Stage) -> None:
        wire = await stage.joins()
        began = trio.current_time()
        keys: list[str] = []
        for number in (1, 2, 3):
            ping = await wire.receives()
            assert (ping["type"], trio.current_time() - began) == ("ping", 15 * number)
            keys.append(ping["resume"])
            stage.town.clock.now += 15
            wire.sends({"type": "pong"})
        assert len(set(keys)) == 3

    play(scene)


def test_a_socket_that_is_silent_for_30_s_is_cut_and_its_seat_kept_for_15_more() -> None:
    async def scene(stage: Stage) -> None:
        bob = await stage.joins("Bob")
        wire = await stage.joins()
        await bob.receives()
        await trio.sleep(14)
        bob.sends({"type": "ping"})
        await trio.sleep(14)
        bob.sends({"type": "ping"})
        assert wire.is_open
        await trio.sleep(2)
        await stage.settles()
        assert (wire.is_open, bob.is_open) == (False, True)
        wire.vanishes()
        await stage.settles()
        assert stage.town.rooms.next_expiry() == trio.current_time() + 15
        assert stage.town.inside() == ["Bob", "Alice"]

    play(scene)


def test_a_socket_that_pings_by_frames_alone_is_kept_and_30_s_after_the_last_one_cut() -> None:
    async def scene(stage: Stage) -> None:
        wire = await stage.joins()
        for _ in range(10):
            await trio.sleep(20)
            wire.pings()
        assert wire.is_open
        await trio.sleep(25)
        assert wire.is_open
        # It is looked at each 15 s: at 225 s it was silent for 25, at 240 s for 40.
        await trio.sleep(15)
        await stage.settles()
        assert not wire.is_open

    play(scene)


def test_a_socket_that_reads_nothing_is_cut_and_the_others_go_on() -> None:
    async def scene(stage: Stage) -> None:
        bob = await stage.joins("Bob")
        wire = await stage.joins()
        await bob.receives()
        wire.reads = trio.Event()
        for _ in range(8):
            for _ in range(70):
                bob.sends({"type": "message", "data": "x"})
            await trio.sleep(0.7)
        assert (wire.is_open, bob.is_open) == (False, True)
        assert stage.town.rooms.figures.cut == 1
        bob.sends({"type": "ping"})
        assert await bob.receives() == {"type": "pong"}

    play(scene)


def test_leave_is_answered_by_a_kind_close() -> None:
    async def scene(stage: Stage) -> None:
        wire = await stage.joins()
        wire.sends({"type": "leave"})
        assert await wire.receives() == {"closed": 1000}
        await stage.settles()
        assert stage.town.inside() == []

    play(scene)


def test_who_is_ejected_or_replaced_hears_why_and_is_closed() -> None:
    async def scene(stage: Stage) -> None:
        town = stage.town
        olga = await stage.joins("Olga", token=town.token(owner=True))
        gus = await stage.connects()
        gus.sends({"type": "join", "name": "Gus"})
        joined = await gus.receives()
        await olga.receives()
        again = await stage.joins("Gus", resume=joined["resume"])
        error = await gus.receives()
        assert (error["code"], error["fatal"]) == ("replaced", True)
        assert await gus.receives() == {"closed": 1008}
        await stage.settles()
        olga.sends({"type": "eject", "id": joined["id"]})
        error = await again.receives()
        assert (error["code"], error["fatal"]) == ("ejected", True)
        assert await again.receives() == {"closed": 1008}
        assert (await olga.receives())["reason"] == "ejected"
        assert town.inside() == ["Olga"]

    play(scene)


def test_a_vanished_socket_is_a_leave_only_after_15_s() -> None:
    async def scene(stage: Stage) -> None:
        bob = await stage.joins("Bob")
        wire = await stage.joins()
        await bob.receives()
        wire.vanishes()
        await stage.settles()
        rooms = stage.town.rooms
        rooms.expire(trio.current_time() + 14.9)
        assert stage.town.inside() == ["Bob", "Alice"]
        rooms.expire(trio.current_time() + 15)
        assert (await bob.receives())["reason"] == "lost"

    play(scene)
