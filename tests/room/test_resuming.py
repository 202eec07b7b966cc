"""A lost socket, a restarted server: who comes back, as whom, and what the others see."""

from __future__ import annotations

import json

import jwt
import pytest
from company import SECRET, Guest, Town, open_town

from actors.room.outbox import MESSAGES, Farewell
from actors.room.rooms import Rooms


def two() -> tuple[Town, Guest, Guest]:
    town = open_town()
    alice, bob = town.comes("Alice"), town.comes("Bob")
    alice.hears(), bob.hears()
    return town, alice, bob


def back(town: Town, guest: Guest, key: str | None = None, **join: object) -> Guest:
    return town.comes(guest.name, guest.room, resume=key or guest.key(), **join)


def test_within_15_s_nobody_saw_a_leave() -> None:
    town, alice, bob = two()
    alice.loses_socket()
    town.passes(14.9)
    again = back(town, alice)
    (joined,) = again.hears()
    assert (joined["id"], joined["resumed"]) == (alice.id, True)
    assert joined["session"] == alice.meeting.session
    assert [each["name"] for each in joined["participants"]] == ["Alice", "Bob"]
    assert bob.hears() == []


def test_what_was_meant_to_last_follows_and_the_rest_does_not() -> None:
    town, alice, bob = two()
    agent = town.comes("Agent", agent=True)
    alice.hears()
    alice.loses_socket()
    bob.says("message", data="are you there", to=alice.id)
    bob.says("signal", to=alice.id, restart=True)
    bob.says("update", name="Robert")
    agent.says("event", topic="caption", data={"text": "hm"})
    agent.says("event", topic="state", data={"state": "thinking"})
    joined, *missed = back(town, alice).hears()
    assert [each["name"] for each in joined["participants"]] == ["Alice", "Robert", "Agent"]
    assert [each["type"] for each in missed] == ["message", "signal", "event"]
    # Not every state that an agent was in, but the one that it is in.
    assert missed[-1]["data"] == {"state": "thinking"}


def test_of_what_waits_the_newest_512_are_kept() -> None:
    town, alice, bob = two()
    alice.loses_socket()
    for number in range(MESSAGES + 10):
        bob.says("message", data=number)
    _, *missed = back(town, alice).hears()
    assert [each["data"] for each in missed] == list(range(10, MESSAGES + 10))
    assert alice.cut == 0


def test_what_has_changed_in_the_join_is_shown() -> None:
    town, alice, bob = two()
    alice.loses_socket()
    back(town, alice, media={"camera": True})
    (news,) = bob.hears()
    assert (news["type"], news["participant"]["media"]["camera"]) == ("participant_updated", True)


def test_after_15_s_the_others_see_a_leave_and_then_the_same_id_again() -> None:
    town, alice, bob = two()
    key = alice.key()
    alice.loses_socket()
    assert town.rooms.next_expiry() == town.clock.now + 15
    town.passes(15)
    assert bob.hears() == [{"type": "participant_left", "id": alice.id, "reason": "lost"}]
    again = back(town, alice, key)
    assert again.hears()[0]["resumed"] is False
    (news,) = bob.hears()
    assert (news["type"], news["participant"]["id"]) == ("participant_joined", alice.id)
    assert news["participant"]["joined_at"] == alice.seat.participant.joined_at


def test_who_was_away_learns_that_somebody_was_lost_and_came_back() -> None:
    town, alice, bob = two()
    key = bob.key()
    bob.loses_socket()
    town.passes(10)
    alice.hears()
    alice.loses_socket()
    town.passes(5)  # Bob is lost
    bob = back(town, bob, key)
    bob.says("signal", to=alice.id, description={"type": "offer", "sdp": "v=0"})
    joined, *missed = back(town, alice).hears()
    assert (joined["resumed"], len(joined["participants"])) == (True, 2)
    assert [each["type"] for each in missed] == ["participant_left", "participant_joined", "signal"]
    assert missed[0]["id"] == missed[1]["participant"]["id"] == bob.id


def test_75_s_after_it_was_made_a_key_is_no_key() -> None:
    town, alice, _ = two()
    key = alice.key()  # made at a ping; the socket may be lost up to 15 s later
    alice.loses_socket()
    town.passes(74.9)
    assert back(town, alice, key).id == alice.id
    town.passes(75)
    assert back(town, alice, key).id == alice.id  # who is inside is known, however old the key
    town.comes("Bob").loses_socket()
    carol = town.comes("Carol")
    key = carol.key()
    carol.loses_socket()
    town.passes(75)
    assert back(town, carol, key).id != carol.id


def test_a_key_that_is_none_makes_a_newcomer() -> None:
    town, alice, _ = two()
    forged = jwt.encode({"id": alice.id, "room": "lobby"}, SECRET, algorithm="HS256")
    for key in ("", "nonsense", forged, alice.key()[:-2]):
        assert town.comes("Mallory", resume=key).hears()[0]["resumed"] is False
    assert town.comes("Mallory", room="attic", resume=alice.key()).id != alice.id


def test_after_a_restart_with_the_same_secret_the_meeting_goes_on() -> None:
    town, alice, bob = two()
    keys = [alice.key(), bob.key()]
    town.rooms = Rooms(town.rooms.house)
    town.passes(1)
    first = town.comes("Alice", resume=keys[0])
    second = town.comes("Bob", resume=keys[1])
    assert [first.id, second.id] == [alice.id, bob.id]
    assert first.meeting.session == alice.meeting.session
    joined, news = first.hears()
    assert (joined["resumed"], joined["recovering"]) == (True, True)
    assert [each["name"] for each in joined["participants"]] == ["Alice"]
    assert (news["type"], news["participant"]["id"]) == ("participant_joined", bob.id)
    joined = second.hears()[0]
    assert (joined["resumed"], joined["recovering"]) == (True, True)
    assert [each["name"] for each in joined["participants"]] == ["Alice", "Bob"]


def test_who_comes_15_s_after_a_restart_was_given_up_by_the_others() -> None:
    town, alice, bob = two()
    keys = [alice.key(), bob.key()]
    town.rooms = Rooms(town.rooms.house)
    town.comes("Alice", resume=keys[0])
    town.passes(15)
    joined = town.comes("Bob", resume=keys[1]).hears()[0]
    assert (joined["id"], joined["resumed"], joined["recovering"]) == (bob.id, False, False)


def test_who_loses_a_socket_after_a_restart_resumes_as_ever() -> None:
    town, alice, bob = two()
    keys = [alice.key(), bob.key()]
    town.rooms = Rooms(town.rooms.house)
    town.comes("Alice", resume=keys[0])
    again = town.comes("Bob", resume=keys[1])
    again.loses_socket()
    town.passes(14)
    joined = town.comes("Bob", resume=keys[1]).hears()[0]
    assert (joined["resumed"], joined["recovering"], len(joined["participants"])) == (
        True,
        False,
        2,
    )


def test_a_meeting_that_was_over_is_no_restart() -> None:
    town = open_town()
    alice = town.comes("Alice")
    key = alice.key()
    alice.loses_socket()
    town.passes(15)
    joined = town.comes("Alice", resume=key).hears()[0]
    assert (joined["id"], joined["resumed"], joined["recovering"]) == (alice.id, False, False)


def test_rights_survive_a_restart() -> None:
    town = open_town(private=True)
    token = town.token(owner=True, name="Olga", permissions={"screen": False}, order=7)
    key = town.comes("x", token=token).key()
    town.rooms = Rooms(town.rooms.house)
    olga = town.comes("Mallory", resume=key)
    shown = olga.seat.participant
    assert (shown.name, shown.owner, shown.permissions.screen) == ("Olga", True, False)
    assert town.observed[-1].claims["order"] == 7


def test_what_an_owner_forbade_stays_forbidden() -> None:
    town = open_town()
    owner = town.comes("Olga", token=town.token(owner=True))
    guest = town.comes("Gus")
    owner.says("admin", id=guest.id, permissions={"camera": False})
    key = guest.key()
    town.rooms = Rooms(town.rooms.house)
    again = town.comes("Gus", resume=key, media={"camera": True})
    assert again.seat.participant.media.camera is False


def test_the_same_participant_on_another_socket_replaces_the_first() -> None:
    town, alice, bob = two()
    again = back(town, alice)
    assert again.id == alice.id
    (farewell,) = alice.hears()
    assert isinstance(farewell, Farewell)
    assert json.loads(farewell.text or "")["code"] == "replaced"
    # The old socket's end is nobody's loss.
    alice.loses_socket()
    town.passes(60)
    assert (town.inside(), bob.hears()) == (["Alice", "Bob"], [])


def test_who_left_does_not_come_back_by_the_key() -> None:
    town, alice, _ = two()
    key = alice.key()
    alice.says("leave")
    assert back(town, alice, key).id != alice.id


@pytest.mark.parametrize("field", ["id", "session"])
def test_a_key_of_another_make_does_not_break_the_server(field: str) -> None:
    town, alice, _ = two()
    secret = town.rooms.house.signer._resume_secret
    payload = jwt.decode(alice.key(), secret, algorithms=["HS256"], options={"verify_exp": False})
    del payload[field]
    key = jwt.encode(payload, secret, algorithm="HS256")
    assert town.comes("Alice", resume=key).id != alice.id
