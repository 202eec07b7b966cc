"""Which rooms have an agent, in virtual time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import attrs
import pytest
import trio
from trio.testing import MockClock

from actors.errors import Refused
from actors.protocol import Participant
from actors.room import ParticipantEntered, ParticipantExited
from callboard.cli.hosting import Hosting


@attrs.define
class House:
    """A hosting, and what it did: calls by room, each with its beginning and end."""

    hosting: Hosting = attrs.field(init=False)
    began: list[tuple[str, float]] = attrs.field(factory=list)
    ended: list[tuple[str, float]] = attrs.field(factory=list)
    failures: list[tuple[str, str, float]] = attrs.field(factory=list)
    breaks: dict[str, list[float]] = attrs.field(factory=dict)
    """Seconds after which a room's calls fail, the first call's first."""
    refusals: list[tuple[str, str, float]] = attrs.field(factory=list)
    refuses: dict[str, str] = attrs.field(factory=dict)
    """Why a room has no agent."""
    leaves: dict[str, float] = attrs.field(factory=dict)
    """Seconds after which a room's call returns."""
    takes_leave: float = 0.0
    """Seconds that a call needs to end."""

    async def serve(self, came: ParticipantEntered) -> None:
        self.began.append((came.room, trio.current_time()))
        try:
            if came.room in self.refuses:
                raise Refused(self.refuses[came.room])
            if self.breaks.get(came.room):
                await trio.sleep(self.breaks[came.room].pop(0))
                raise RuntimeError("broken")
            await trio.sleep(self.leaves.get(came.room, float("inf")))
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(self.takes_leave)
            self.ended.append((came.room, trio.current_time()))

    def failed(self, room: str, error: Exception) -> None:
        self.failures.append((room, str(error), trio.current_time()))

    def refused(self, room: str, refusal: Refused) -> None:
        self.refusals.append((room, str(refusal), trio.current_time()))

    def comes(self, who: str, room: str, *, agent: bool = False) -> None:
        self.hosting.observe(ParticipantEntered(room, person(who, agent=agent), {}))

    def goes(self, who: str, room: str) -> None:
        self.hosting.observe(ParticipantExited(room, person(who), "left"))


def person(who: str, *, agent: bool = False) -> Participant:
    return Participant(id=who, name=who, agent=agent)


def in_house(scene: Callable[[House], Awaitable[None]], *, max_calls: int | None = None) -> House:
    """Runs a scene with a house, in virtual time."""
    made: list[House] = []

    async def main() -> None:
        house = House()
        house.hosting = Hosting(house.failed, refused=house.refused, max_calls=max_calls)
        made.append(house)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(house.hosting.run, house.serve)
            await trio.testing.wait_all_tasks_blocked()
            await scene(house)
            nursery.cancel_scope.cancel()

    trio.run(main, clock=MockClock(autojump_threshold=0))
    return made[0]


def test_a_call_begins_with_the_first_person_and_ends_10_s_after_the_last() -> None:
    async def scene(house: House) -> None:
        await trio.sleep(1)
        house.comes("Ada", "lobby")
        await trio.sleep(1)
        house.comes("Bob", "lobby")
        house.goes("Ada", "lobby")
        await trio.sleep(60)
        house.goes("Bob", "lobby")
        await trio.sleep(60)

    house = in_house(scene)
    assert house.began == [("lobby", 1)]
    assert house.ended == [("lobby", 72)]


def test_who_comes_while_a_deserted_call_ends_gets_another() -> None:
    async def scene(house: House) -> None:
        house.takes_leave = 1.0
        house.comes("Ada", "lobby")
        await trio.sleep(5)
        house.goes("Ada", "lobby")
        await trio.sleep(10.5)
        house.comes("Bob", "lobby")
        await trio.sleep(5)
        assert house.hosting.rooms == ("lobby",)

    house = in_house(scene)
    assert house.began == [("lobby", 0), ("lobby", 16)]


def test_whoever_comes_back_within_10_s_finds_the_same_call() -> None:
    async def scene(house: House) -> None:
        house.comes("Ada", "lobby")
        await trio.sleep(5)
        house.goes("Ada", "lobby")
        await trio.sleep(9.9)
        house.comes("Ada again", "lobby")
        await trio.sleep(100)
        assert house.hosting.rooms == ("lobby",)
        house.goes("Ada again", "lobby")
        await trio.sleep(10.1)
        assert house.hosting.rooms == ()

    house = in_house(scene)
    assert house.began == [("lobby", 0)]
    assert house.ended == [("lobby", pytest.approx(124.9))]


def test_agents_count_for_nobody() -> None:
    async def scene(house: House) -> None:
        house.comes("Recorder", "lobby", agent=True)
        await trio.sleep(1)
        assert house.hosting.rooms == ()
        house.comes("Ada", "lobby")
        house.goes("Ada", "lobby")
        await trio.sleep(11)

    assert in_house(scene).ended == [("lobby", 11)]


def test_people_who_came_before_the_engine_ran_get_their_call() -> None:
    async def main() -> None:
        began: list[str] = []

        async def serve(came: ParticipantEntered) -> None:
            began.append(came.room)
            await trio.sleep_forever()

        hosting = Hosting(lambda room, error: None)
        for room in ("lobby", "left"):
            hosting.observe(ParticipantEntered(room, person("Ada"), {}))
        hosting.observe(ParticipantExited("left", person("Ada"), "left"))
        with trio.move_on_after(1):
            await hosting.run(serve)
        assert began == ["lobby"]

    trio.run(main, clock=MockClock(autojump_threshold=0))


def test_one_calls_death_touches_no_other_and_it_is_tried_again_while_somebody_waits() -> None:
    async def scene(house: House) -> None:
        house.breaks["lobby"] = [2, 2, 2]
        house.comes("Ada", "lobby")
        house.comes("Bob", "garden")
        await trio.sleep(100)
        assert set(house.hosting.rooms) == {"lobby", "garden"}

    house = in_house(scene)
    # Seconds 2, 2 + 1 + 2, 5 + 2 + 2; then it holds.
    assert house.failures == [
        ("lobby", "broken", 2),
        ("lobby", "broken", 5),
        ("lobby", "broken", 9),
    ]
    assert [at for room, at in house.began if room == "lobby"] == [0, 3, 7, 13]
    assert [at for room, at in house.began if room == "garden"] == [0]
    assert [at for room, at in house.ended if room == "garden"] == [100]


def test_a_room_that_the_agent_refuses_is_asked_about_again_when_somebody_else_comes() -> None:
    async def scene(house: House) -> None:
        house.refuses["staff"] = "for people alone"
        house.comes("Ada", "staff")
        house.comes("Bob", "garden")
        await trio.sleep(100)
        assert house.hosting.rooms == ("garden",)
        house.comes("Cy", "staff")
        await trio.sleep(1)
        del house.refuses["staff"]
        house.comes("Dora", "staff")
        await trio.sleep(1)
        assert set(house.hosting.rooms) == {"garden", "staff"}

    house = in_house(scene)
    assert house.refusals == [
        ("staff", "for people alone", 0),
        ("staff", "for people alone", 100),
    ]
    assert house.failures == []
    assert [at for room, at in house.began if room == "staff"] == [0, 100, 101]


def test_a_call_that_failed_is_not_tried_again_for_an_empty_room() -> None:
    async def scene(house: House) -> None:
        house.breaks["lobby"] = [100] * 9
        house.comes("Ada", "lobby")
        await trio.sleep(1)
        house.goes("Ada", "lobby")
        await trio.sleep(200)

    house = in_house(scene)
    assert (house.began, house.failures) == ([("lobby", 0)], [])


def test_a_call_that_has_ended_by_itself_comes_again_with_the_next_person() -> None:
    async def scene(house: House) -> None:
        house.leaves["lobby"] = 5
        house.comes("Ada", "lobby")
        await trio.sleep(60)
        assert house.hosting.rooms == ()
        house.comes("Bob", "lobby")
        await trio.sleep(1)
        assert house.hosting.rooms == ("lobby",)

    assert in_house(scene).began == [("lobby", 0), ("lobby", 60)]


def test_more_calls_than_there_may_be_are_refused_by_a_sentence() -> None:
    async def scene(house: House) -> None:
        admit = house.hosting.admit
        assert admit("one", ()) is None
        house.comes("Ada", "one")
        house.comes("Bob", "two")
        assert admit("one", (person("Ada"),)) is None
        refusal = admit("three", ())
        assert refusal == "This server has 2 calls at most, and they go on. Try again later."
        house.goes("Ada", "one")
        assert admit("three", ()) is None

    in_house(scene, max_calls=2)


def test_a_call_that_only_lingers_gives_up_its_place() -> None:
    async def scene(house: House) -> None:
        house.comes("Ada", "one")
        await trio.sleep(1)
        house.goes("Ada", "one")
        await trio.sleep(1)
        house.comes("Bob", "two")
        await trio.sleep(1)
        assert house.hosting.rooms == ("two",)

    house = in_house(scene, max_calls=1)
    assert house.ended[0] == ("one", 2)
