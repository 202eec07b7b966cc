"""Who is let in, as whom."""

from __future__ import annotations

import jwt
import pytest
from company import NOON, SECRET, open_town, refused

from actors.errors import RoomError
from actors.room.rooms import ParticipantEntered, ParticipantExited
from actors.room.tokens import Signer


def test_the_seventh_hears_that_the_room_is_full_and_nobody_inside_notices() -> None:
    town = open_town()
    guests = [town.comes(f"P{number}") for number in range(6)]
    for guest in guests:
        guest.hears()
    with refused("room_full", fatal=True):
        town.comes("P6")
    assert [guest.hears() for guest in guests] == [[]] * 6
    guests[0].says("leave")
    town.comes("P6")
    assert town.inside() == ["P1", "P2", "P3", "P4", "P5", "P6"]


def test_a_full_room_takes_back_who_lost_a_socket() -> None:
    town = open_town(participants=2)
    alice, _ = town.comes("Alice"), town.comes("Bob")
    alice.loses_socket()
    with refused("room_full", fatal=True):
        town.comes("Carol")
    assert town.comes("Alice", resume=alice.key()).id == alice.id


def test_a_server_that_admits_nobody_more_is_busy_for_people_but_not_for_agents() -> None:
    town = open_town(admit=lambda room, present: f"No more calls in {room}, {len(present)} here.")
    with refused("busy", fatal=True):
        town.comes("Alice")
    assert town.comes("Agent", agent=True).hears()[0]["type"] == "joined"


@pytest.mark.parametrize("name", ["", " ", "x" * 65, "a\x00b", "\u202e"])
def test_a_name_is_something_to_show(name: str) -> None:
    with refused("bad_message"):
        open_town().comes(name)


def test_white_space_in_a_name_is_folded() -> None:
    assert open_town().comes(" Alice \n Lee ").seat.participant.name == "Alice Lee"


def test_user_data_has_at_most_4_kb() -> None:
    town = open_town()
    town.comes("Alice", user_data="x" * 4094)
    with refused("bad_message"):
        town.comes("Bob", user_data="x" * 4095)


def test_everybody_who_comes_and_goes_is_observed_once() -> None:
    town = open_town()
    alice = town.comes("Alice", token=town.token(order=7))
    alice.loses_socket()
    alice = town.comes("Alice", resume=alice.key())
    alice.says("leave")
    came, went = town.observed
    assert isinstance(came, ParticipantEntered)
    assert (came.room, came.participant.name, came.claims["order"]) == ("lobby", "Alice", 7)
    assert isinstance(went, ParticipantExited)
    assert (went.participant.id, went.reason) == (alice.id, "left")


# Tokens


def test_a_private_room_takes_only_bearers_of_a_token() -> None:
    town = open_town(private=True)
    with refused("bad_token", fatal=True):
        town.comes("Alice")
    alice = town.comes("Alice", token=town.token())
    assert alice.hears()[0]["participants"][0]["name"] == "Alice"


def test_a_token_says_who_its_bearer_is() -> None:
    town = open_town(private=True)
    token = town.token(
        name="Alice of the token", owner=True, hidden=True, permissions={"screen": False}
    )
    alice = town.comes("Mallory", token=token, agent=True).seat.participant
    assert (alice.name, alice.owner, alice.agent, alice.hidden) == (
        "Alice of the token",
        True,
        False,
        True,
    )
    assert (alice.permissions.screen, alice.permissions.camera) == (False, True)


def test_the_name_of_a_token_cannot_be_changed() -> None:
    town = open_town()
    alice = town.comes("Mallory", token=town.token(name="Alice"))
    alice.hears()
    alice.says("update", name="Mallory")
    assert alice.hears() == []


def test_only_a_token_makes_an_agent_on_a_private_server() -> None:
    town = open_town(private=True)
    assert not town.comes("A", token=town.token(), agent=True).seat.participant.agent
    assert town.comes("B", token=town.token(agent=True)).seat.participant.agent


def test_a_token_for_any_room_opens_any_room() -> None:
    town = open_town(private=True)
    assert town.comes("Alice", room="attic", token=town.token("*")).room == "attic"


def signed(payload: dict[str, object], secret: str = SECRET, algorithm: str = "HS256") -> str:
    return jwt.encode(payload, secret, algorithm=algorithm)


GOOD = {"room": "lobby", "exp": NOON + 60}


@pytest.mark.parametrize(
    "token",
    [
        "",
        "no token at all",
        "a.b.c",
        signed(GOOD, "another secret of more than thirty-two bytes"),
        signed(GOOD, algorithm="HS384"),
        jwt.encode(GOOD, "", algorithm="none"),
        signed({**GOOD, "exp": NOON}),
        signed({**GOOD, "exp": True}),
        signed({"room": "lobby"}),
        signed({"exp": NOON + 60}),
        signed({**GOOD, "room": "attic"}),
        signed({**GOOD, "room": ["lobby"]}),
        signed({**GOOD, "owner": "yes"}),
        signed({**GOOD, "name": "x" * 65}),
        signed({**GOOD, "permissions": {"screen": 1}}),
    ],
)
@pytest.mark.parametrize("private", [True, False])
def test_whatever_is_wrong_with_a_token_nobody_gets_in_by_it(token: str, private: bool) -> None:
    town = open_town(private=private)
    with refused("bad_token", fatal=True):
        town.comes("Mallory", token=token)
    assert town.inside() == []


def test_a_token_holds_until_the_second_in_which_it_expires() -> None:
    town = open_town(private=True)
    token = town.token(seconds=60)
    town.clock.now += 59
    town.comes("Alice", token=token)
    town.clock.now += 1
    with refused("bad_token", fatal=True):
        town.comes("Bob", token=token)


def test_a_resume_key_is_no_token_and_a_token_no_key() -> None:
    town = open_town(private=True)
    token = town.token(id="chosen", session="s", joined_at=1.0)
    alice = town.comes("Alice", token=token)
    with refused("bad_token", fatal=True):
        town.comes("Mallory", token=alice.key())
    with refused("bad_token", fatal=True):
        town.comes("Mallory", resume=token)


def test_a_short_secret_is_a_sentence() -> None:
    with pytest.raises(RoomError, match="has 5 bytes; it needs 32 or more"):
        Signer("short")


def test_the_secret_does_not_show() -> None:
    assert SECRET not in repr(Signer(SECRET))
