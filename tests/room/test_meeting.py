"""What people in a room may say to each other, message by message."""

from __future__ import annotations

import pytest
from company import Guest, Town, open_town, refused

from actors.room.outbox import Farewell
from actors.room.tokens import Relays


def company(*names: str, **house: object) -> tuple[Town, list[Guest]]:
    """A town whose lobby these have joined; nothing is left unread."""
    town = open_town(**house)
    guests = [town.comes(name) for name in names]
    for guest in guests:
        guest.hears()
    return town, guests


def owner_and_guest() -> tuple[Town, Guest, Guest]:
    town = open_town()
    owner = town.comes("Olga", token=town.token(owner=True))
    guest = town.comes("Gus", media={"microphone": True, "camera": True})
    owner.hears(), guest.hears()
    return town, owner, guest


def test_a_newcomer_learns_who_is_there_and_the_others_learn_of_it() -> None:
    town = open_town(relays=Relays(({"urls": ["stun:stun.example.org"]},)))
    alice = town.comes("Alice", user_data={"seat": 4}, media={"microphone": True})
    (joined,) = alice.hears()
    assert joined == {
        "type": "joined",
        "id": alice.id,
        "room": "lobby",
        "session": alice.meeting.session,
        "resumed": False,
        "recovering": False,
        "resume": alice.key(),
        "participants": [
            {
                "id": alice.id,
                "name": "Alice",
                "owner": False,
                "agent": False,
                "hidden": False,
                "media": {"microphone": True, "camera": False, "screen": False},
                "tracks": {},
                "permissions": {
                    "microphone": True,
                    "camera": True,
                    "screen": True,
                    "messages": True,
                },
                "recording": False,
                "playing": False,
                "user_data": {"seat": 4},
                "joined_at": 1_764_000_000.0,
            }
        ],
        "ice_servers": [{"urls": ["stun:stun.example.org"]}],
    }
    bob = town.comes("Bob")
    (joined,) = bob.hears()
    assert [each["name"] for each in joined["participants"]] == ["Alice", "Bob"]
    (news,) = alice.hears()
    assert news["type"] == "participant_joined"
    assert news["participant"] == joined["participants"][1]


def test_rooms_do_not_hear_each_other() -> None:
    town, (alice,) = company("Alice")
    bob = town.comes("Bob", room="attic")
    bob.hears()
    bob.says("message", data="hello")
    bob.says("leave")
    assert alice.hears() == []


@pytest.mark.parametrize(
    "signal",
    [
        {"attempt": 0, "description": {"type": "offer", "sdp": "v=0"}},
        {"attempt": 3, "description": {"type": "answer", "sdp": "v=0"}},
        {"attempt": 0, "candidate": {"candidate": "candidate:1 1 udp", "sdpMid": "0"}},
        {"attempt": 0, "candidate": {}},
        {"attempt": 1, "restart": True},
        {
            "attempt": 0,
            "description": {"type": "offer", "sdp": "v=0"},
            "tracks": {"4": {"kind": "video", "name": "slides"}},
        },
    ],
)
def test_a_signal_arrives_unchanged_at_the_one_it_is_for(signal: dict[str, object]) -> None:
    _, (alice, bob, carol) = company("Alice", "Bob", "Carol")
    alice.says("signal", to=bob.id, **signal)
    assert bob.hears() == [{"type": "signal", "from": alice.id, **signal}]
    assert carol.hears() == alice.hears() == []


def test_an_update_is_shown_to_all_the_sender_included() -> None:
    _, (alice, bob) = company("Alice", "Bob")
    alice.says(
        "update",
        name="Alice  L.",
        media={"microphone": True},
        tracks={"slides": {"kind": "video", "name": "slides"}},
        playing=True,
        recording=True,
        user_data={"seat": 5},
    )
    (news,) = bob.hears()
    assert alice.hears() == [news]
    shown = news["participant"]
    assert (shown["name"], shown["media"]["microphone"]) == ("Alice L.", True)
    assert shown["tracks"] == {"slides": {"kind": "video", "name": "slides"}}
    assert (shown["playing"], shown["recording"], shown["user_data"]) == (True, True, {"seat": 5})
    alice.says("update", media={"camera": True}, tracks={}, user_data={})
    shown = bob.hears()[0]["participant"]
    assert shown["media"] == {"microphone": True, "camera": True, "screen": False}
    assert (shown["tracks"], shown["user_data"]) == ({}, {})


def test_an_update_that_changes_nothing_is_not_shown() -> None:
    _, (alice, bob) = company("Alice", "Bob")
    alice.says("update", media={"microphone": False}, playing=False)
    assert bob.hears() == []


def test_what_is_not_permitted_stays_off() -> None:
    town = open_town()
    token = town.token(permissions={"camera": False, "messages": False})
    gus = town.comes("Gus", token=token, media={"microphone": True, "camera": True})
    gus.says("update", media={"camera": True})
    (joined,) = gus.hears()
    assert joined["participants"][0]["media"] == {
        "microphone": True,
        "camera": False,
        "screen": False,
    }
    with refused("not_allowed"):
        gus.says("message", data={"chat": "hello"})


def test_a_message_goes_to_everybody_else_or_to_one() -> None:
    _, (alice, bob, carol) = company("Alice", "Bob", "Carol")
    alice.says("message", data={"chat": "good morning"})
    copy = {"type": "message", "from": alice.id, "data": {"chat": "good morning"}}
    assert (alice.hears(), bob.hears(), carol.hears()) == ([], [copy], [copy])
    alice.says("message", data=[1, None, "ü"], to=carol.id)
    private = {"type": "message", "from": alice.id, "to": carol.id, "data": [1, None, "ü"]}
    assert (bob.hears(), carol.hears()) == ([], [private])


def test_nobody_can_speak_as_another() -> None:
    _, (alice, bob) = company("Alice", "Bob")
    alice.says("message", data=1, **{"from": bob.id})
    alice.says("signal", to=bob.id, restart=True, **{"from": bob.id})
    assert [each["from"] for each in bob.hears()] == [alice.id, alice.id]


def test_an_agents_events_reach_the_others_and_its_state_the_newcomers() -> None:
    town, (alice,) = company("Alice")
    agent = town.comes("Agent", agent=True)
    alice.hears()
    caption = {"participant": None, "turn": 1, "text": "hello", "final": True, "heard": None}
    for topic, data in (("caption", caption), ("state", {"state": "thinking"}), ("graph", {})):
        agent.says("event", topic=topic, data=data)
        assert alice.hears() == [{"type": "event", "topic": topic, "data": data, "from": agent.id}]
    agent.says("event", topic="state", data={"state": "speaking"})
    (state,) = town.comes("Bob").hears_of("event")
    assert state["data"] == {"state": "speaking"}


def test_only_agents_send_events() -> None:
    _, (alice, bob) = company("Alice", "Bob")
    with refused("not_allowed"):
        alice.says("event", topic="state", data={"state": "thinking"})
    assert bob.hears() == []


def test_an_owner_switches_off_and_takes_permissions() -> None:
    _, owner, guest = owner_and_guest()
    owner.says("admin", id=guest.id, media={"microphone": False}, permissions={"screen": False})
    shown, order = guest.hears()
    assert shown["type"] == "participant_updated"
    assert shown["participant"]["media"] == {"microphone": False, "camera": True, "screen": False}
    assert shown["participant"]["permissions"]["screen"] is False
    assert order == {
        "type": "admin",
        "from": owner.id,
        "media": {"microphone": False},
        "permissions": {"screen": False},
    }
    assert owner.hears() == [shown]
    guest.says("update", media={"screen": True})
    assert guest.hears() == []
    owner.says("admin", id=guest.id, permissions={"screen": True, "camera": False})
    assert guest.hears()[0]["participant"]["media"]["camera"] is False
    guest.says("update", media={"screen": True, "microphone": True})
    media = guest.hears()[0]["participant"]["media"]
    assert media == {"microphone": True, "camera": False, "screen": True}


def test_nobody_is_switched_on_by_another() -> None:
    _, owner, guest = owner_and_guest()
    with refused("bad_message"):
        owner.says("admin", id=guest.id, media={"screen": True})
    assert guest.hears() == []


def test_an_owner_sends_somebody_away_for_good() -> None:
    town, owner, guest = owner_and_guest()
    key = guest.key()
    owner.says("eject", id=guest.id)
    assert owner.hears() == [{"type": "participant_left", "id": guest.id, "reason": "ejected"}]
    (farewell,) = guest.hears()
    assert isinstance(farewell, Farewell)
    assert farewell.code == 1008
    assert '"ejected"' in (farewell.text or "")
    with refused("ejected", fatal=True):
        town.comes("Gus", resume=key)
    assert town.inside() == ["Olga"]


@pytest.mark.parametrize("order", ["admin", "eject"])
def test_only_owners_give_orders(order: str) -> None:
    town, (alice, bob) = company("Alice", "Bob")
    with refused("not_allowed"):
        alice.says(order, id=bob.id)
    assert (bob.hears(), town.inside()) == ([], ["Alice", "Bob"])


@pytest.mark.parametrize(
    ("message", "fields"),
    [
        ("signal", {"to": "nobody", "restart": True}),
        ("signal", {"restart": True}),
        ("message", {"to": "nobody", "data": 1}),
        ("admin", {"id": "nobody"}),
        ("admin", {}),
        ("eject", {"id": "nobody"}),
    ],
)
def test_nobody_of_that_id_is_here(message: str, fields: dict[str, object]) -> None:
    _, owner, _ = owner_and_guest()
    with refused("unknown_participant"):
        owner.says(message, **fields)


def test_a_second_join_is_an_error_and_nothing_else() -> None:
    town, (alice, bob) = company("Alice", "Bob")
    with refused("already_joined"):
        alice.says("join", name="Alice again")
    assert (town.inside(), bob.hears()) == (["Alice", "Bob"], [])


def test_a_ping_is_answered_and_a_pong_is_not() -> None:
    _, (alice,) = company("Alice")
    alice.says("ping")
    assert alice.hears() == [{"type": "pong"}]
    alice.says("pong")
    assert alice.hears() == []


def test_leaving_is_told_and_closes_the_socket_kindly() -> None:
    town, (alice, bob) = company("Alice", "Bob")
    alice.says("leave")
    assert bob.hears() == [{"type": "participant_left", "id": alice.id, "reason": "left"}]
    assert alice.hears() == [Farewell(1000)]
    assert town.inside() == ["Bob"]
    bob.says("leave")
    assert town.rooms.meetings == {}


def test_a_hidden_participant_is_told_of_to_clients_as_hidden() -> None:
    town, (alice,) = company("Alice")
    town.comes("Listener", token=town.token(hidden=True))
    (news,) = alice.hears()
    assert news["participant"]["hidden"] is True
