"""Who is in a call, and how each is reached, whatever happens to the others or to the room."""

import pytest
import trio
from meeting_stage import on_stage

from actors.errors import CallError
from actors.messages import State
from actors.protocol import ProtocolError


def connections(people):
    """How often each was told that somebody's media connected."""
    return [len(each.told("connected")) for each in people]


def opened(people):
    """Which of all ports that there ever were are open."""
    return sorted(port.number for each in people for port in each.ports)


@pytest.mark.parametrize("seed", range(20))
def test_two_who_join_in_the_same_instant_connect_exactly_once(seed):
    async def body(stage):
        people = [stage.comes("Alice"), stage.comes("Bob")]
        await trio.sleep(10)
        assert connections(people) == [1, 1]
        assert [len(each.ports) for each in people] == [1, 1]
        assert opened(people) == [1, 2]
        assert [each.told("disconnected") for each in people] == [[], []]

    on_stage(body, seed=seed)


@pytest.mark.parametrize("seed", range(5))
def test_six_who_join_in_the_same_instant_all_hear_each_other(seed):
    async def body(stage):
        people = [stage.comes(f"P{number}") for number in range(6)]
        await trio.sleep(3)
        assert connections(people) == [5] * 6
        assert [len(each.heard_from) for each in people] == [5] * 6
        assert opened(people) == list(range(1, 31))
        arrived = list(stage.rooms.meetings["lobby"].seats)
        for each in people:
            assert list(each.meeting.participants) == [who for who in arrived if who != each.id]

    on_stage(body, seed=seed)


def test_the_seventh_is_refused_and_nobody_notices():
    async def body(stage):
        people = await stage.all_come(*"ABCDEF")
        before = [list(each.events) for each in people]
        with pytest.raises(BaseExceptionGroup) as caught:
            async with trio.open_nursery() as stage.nursery:
                stage.comes("G")
        assert caught.group_contains(ProtocolError, match="full", depth=1)
        await trio.sleep(5)
        assert [each.events for each in people] == before

    on_stage(body)


def test_one_failed_connection_is_renewed_alone():
    async def body(stage):
        _, bob, _ = people = await stage.all_come("Alice", "Bob", "Carol")
        bob.ports[0].fail()
        await trio.sleep(2)
        # With this seed his first port is that to Carol.
        assert connections(people) == [2, 3, 3]
        assert [each.told("disconnected") for each in people] == [[], ["Carol"], ["Bob"]]
        assert [len(each.ports) for each in people] == [2, 2, 2]
        assert [each.told("left") for each in people] == [[], [], []]

    on_stage(body)


def test_media_goes_on_while_a_socket_is_away_and_nobody_sees_a_leave():
    async def body(stage):
        alice, bob = stage.comes("Alice", agent=True), stage.comes("Bob")
        await trio.sleep(1)
        alice.channel.disconnect()
        for _ in range(14):
            await trio.sleep(1)
            assert alice.heard_from[bob.id] > trio.current_time() - 0.05
            assert bob.heard_from[alice.id] > trio.current_time() - 0.05
        bob.meeting.send({"chat": "are you there"})
        alice.meeting.tell(State("thinking"))
        alice.channel.connect()
        await trio.sleep(1)
        assert [message.data for message in alice.messages] == [{"chat": "are you there"}]
        assert connections([alice, bob]) == [1, 1]
        for each in (alice, bob):
            assert (each.told("left"), each.told("joined")[1:]) == ([], [])

    on_stage(body)


def test_a_peer_that_broke_while_the_socket_was_away_is_back_within_2_s_of_it():
    async def body(stage):
        alice, bob = await stage.all_come("Alice", "Bob")
        alice.channel.disconnect()
        bob.ports[0].fail()
        await trio.sleep(8)
        assert connections([alice, bob]) == [1, 1]
        assert [each.told("disconnected") for each in (alice, bob)] == [["Bob"], ["Alice"]]
        alice.channel.connect()
        await trio.sleep(2)
        assert connections([alice, bob]) == [2, 2]
        assert [len(each.ports) for each in (alice, bob)] == [1, 1]
        assert alice.heard_from[bob.id] > trio.current_time() - 0.05
        assert bob.heard_from[alice.id] > trio.current_time() - 0.05

    on_stage(body)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_a_restarted_room_is_not_noticed_by_any_call(order):
    async def body(stage):
        people = await stage.all_come("Alice", "Bob", "Carol")
        before = [list(each.events) for each in people]
        for each in people:
            each.channel.disconnect()
        stage.restart()
        for number in order:
            await trio.sleep(3)
            people[number].channel.connect()
        await trio.sleep(30)
        news = [each.events[len(told) :] for each, told in zip(people, before, strict=True)]
        assert {event.kind for events in news for event in events} <= {"updated"}
        assert [len(each.ports) for each in people] == [2, 2, 2]
        for each in people:
            assert len(each.meeting.participants) == 2
            assert all(at > trio.current_time() - 0.05 for at in each.heard_from.values())
        # And it is a room like any other again.
        dora = stage.comes("Dora")
        await trio.sleep(2)
        assert len(dora.told("connected")) == 3
        people[0].leaves()
        await trio.sleep(1)
        assert people[1].told("left") == ["Alice"]

    on_stage(body)


def test_who_does_not_come_back_to_a_restarted_room_has_left_after_15_s():
    async def body(stage):
        alice, bob = await stage.all_come("Alice", "Bob")
        for each in (alice, bob):
            each.channel.disconnect()
        bob.scope.cancel()
        stage.restart()
        alice.channel.connect()
        await trio.sleep(14.9)
        assert alice.told("left") == []
        await trio.sleep(0.2)
        (left,) = [event for event in alice.events if event.kind == "left"]
        assert (left.participant.name, left.reason) == ("Bob", "lost")
        assert alice.ports == []

    on_stage(body)


def test_a_room_that_restarts_again_gives_those_who_are_missing_their_time_anew():
    async def body(stage):
        alice, bob = await stage.all_come("Alice", "Bob")
        for each in (alice, bob):
            each.channel.disconnect()
        stage.restart()
        alice.channel.connect()
        await trio.sleep(10)
        alice.channel.disconnect()
        stage.restart()
        alice.channel.connect()
        await trio.sleep(10)
        assert alice.told("left") == []
        bob.channel.connect()
        await trio.sleep(20)
        assert (alice.told("left"), bob.told("left")) == ([], [])

    on_stage(body)


def test_a_newcomer_to_a_restarted_room_meets_everybody_who_comes_back():
    async def body(stage):
        alice, bob = await stage.all_come("Alice", "Bob")
        for each in (alice, bob):
            each.channel.disconnect()
        stage.restart()
        alice.channel.connect()
        carol = stage.comes("Carol")
        await trio.sleep(1)
        bob.channel.connect()
        await trio.sleep(2)
        assert sorted(carol.told("connected")) == ["Alice", "Bob"]
        assert [len(each.ports) for each in (alice, bob, carol)] == [2, 2, 2]

    on_stage(body)


def test_after_more_than_15_s_it_is_a_leave_and_a_newcomer_of_the_same_id():
    async def body(stage):
        alice, bob = await stage.all_come("Alice", "Bob")
        identity = alice.id
        alice.channel.disconnect()
        await trio.sleep(15.2)
        assert bob.told("left") == ["Alice"]
        assert bob.ports == []
        alice.channel.connect()
        await trio.sleep(1)
        assert alice.id == identity
        assert bob.told("joined") == ["Alice", "Alice"]
        assert connections([alice, bob]) == [2, 2]
        assert bob.heard_from[identity] > trio.current_time() - 0.05

    on_stage(body)


def test_who_was_lost_and_came_back_while_we_were_away_is_connected_anew():
    async def body(stage):
        alice, bob = await stage.all_come("Alice", "Bob")
        bob.channel.disconnect()
        await trio.sleep(10)
        alice.channel.disconnect()
        await trio.sleep(5.2)  # Bob is lost by now
        bob.channel.connect()
        await trio.sleep(2)
        alice.channel.connect()
        await trio.sleep(3)
        assert alice.told("left") == ["Bob"]
        assert [len(each.ports) for each in (alice, bob)] == [1, 1]
        assert alice.heard_from[bob.id] > trio.current_time() - 0.05

    on_stage(body)


def test_somebody_who_vanishes_is_a_leave_after_15_s():
    async def body(stage):
        alice, bob = await stage.all_come("Alice", "Bob")
        bob.channel.disconnect()
        bob.scope.cancel()
        await trio.sleep(14.5)
        assert alice.told("left") == []
        await trio.sleep(1)
        assert alice.told("left") == ["Bob"]
        assert alice.ports == []

    on_stage(body)


def test_the_hidden_are_heard_but_not_shown():
    async def body(stage):
        signer = stage.rooms.house.signer
        token = signer.meeting_token("lobby", seconds=60, hidden=True)
        alice = stage.comes("Alice")
        await trio.sleep(0.5)
        listener = stage.comes("Listener", token=token)
        await trio.sleep(2)
        assert (alice.events, dict(alice.meeting.participants)) == ([], {})
        assert listener.id in alice.heard_from
        assert listener.told("connected") == ["Alice"]

    on_stage(body)


def test_chat_reaches_everybody_or_one():
    async def body(stage):
        alice, bob, carol = await stage.all_come("Alice", "Bob", "Carol")
        alice.meeting.send({"chat": "all"})
        alice.meeting.send({"chat": "you"}, to=carol.id)
        await trio.sleep(0.1)
        assert [(m.data["chat"], m.to) for m in bob.messages] == [("all", None)]
        assert [(m.data["chat"], m.to) for m in carol.messages] == [
            ("all", None),
            ("you", carol.id),
        ]
        assert bob.messages[0].sender == alice.id

    on_stage(body)


def test_a_room_that_is_away_for_long_costs_captions_and_not_the_call():
    async def body(stage):
        alice, bob = stage.comes("Alice", agent=True), stage.comes("Bob")
        await trio.sleep(1)
        alice.channel.disconnect()
        for _ in range(600):
            alice.meeting.tell(State("thinking"))
        with pytest.raises(CallError, match="wait for a room"):
            alice.meeting.send({"chat": "hello"})
        alice.ports[0].fail()
        await trio.sleep(5)
        assert alice.meeting.unsent > 88
        alice.channel.connect()
        await trio.sleep(7)
        assert alice.heard_from[bob.id] > trio.current_time() - 0.05

    on_stage(body)


def test_being_sent_away_ends_the_meeting():
    async def body(stage):
        alice, bob = await stage.all_come("Alice", "Bob")
        bob.channel.leave()
        await trio.sleep(0.5)
        assert bob.ended == "the call was left"
        assert stage.engine.lines == [alice.line]

    on_stage(body)
