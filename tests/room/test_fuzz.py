"""Nothing that a client sends can end the room for another.

CALLBOARD_FUZZ_SECONDS makes it look for longer.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

from company import Guest, open_town
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actors import protocol
from actors.protocol import ProtocolError, limits
from actors.protocol.client import CLIENT_TYPES
from actors.room.outbox import Farewell

SECONDS = float(os.environ.get("CALLBOARD_FUZZ_SECONDS", "0"))
FUZZ = settings(
    max_examples=int(100 + 100 * SECONDS),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)

CODES = {
    "bad_json",
    "bad_message",
    "unknown_type",
    "already_joined",
    "not_allowed",
    "unknown_participant",
    "too_large",
}
FIELDS = (
    *("id", "to", "from", "name", "agent", "token", "resume", "user_data", "media", "attempt"),
    *("description", "candidate", "restart", "tracks", "data", "topic", "permissions", "playing"),
    *("recording", "microphone", "camera", "screen", "messages", "sdp", "kind", "heard", "turn"),
    *("text", "state"),
)
IDS = ["bob", "mallory", "self", "nobody", ""]

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from([*IDS, "offer", "answer", "caption", "state", "graph", "audio"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)
messages = st.builds(
    lambda kind, fields: json.dumps({"type": kind, **fields}),
    st.sampled_from(sorted(CLIENT_TYPES)) | st.text(max_size=8),
    st.dictionaries(st.sampled_from(FIELDS), json_values, max_size=6),
)
texts = (
    messages | st.text(max_size=200) | st.binary(max_size=50) | st.builds(json.dumps, json_values)
)


def attack(guest: Guest, text: str | bytes, ids: dict[str, str]) -> None:
    """Sends one text as a line of the room does; ids by their nicknames become real ones."""
    if isinstance(text, str):
        for nickname, real in ids.items():
            text = text.replace(f'"{nickname}"', f'"{real}"')
    assert refusal(lambda: say(guest, text)) in {None, *CODES}


def say(guest: Guest, text: str | bytes) -> None:
    message = protocol.parse_client(text)
    if guest.id in guest.meeting.seats:
        guest.town.rooms.hear(guest.meeting, guest.seat, message)


def refusal(deed: Callable[[], object]) -> str | None:
    """The code with which something is refused, if it is."""
    try:
        deed()
    except ProtocolError as error:
        return error.code
    return None


def well_formed(heard: list[dict[str, Any] | Farewell]) -> None:
    """What a client of ours can read, and take from a socket."""
    for each in heard:
        if isinstance(each, dict):
            text = json.dumps(each, ensure_ascii=False)
            assert len(text.encode()) <= limits.SERVER_MESSAGE_BYTES
            assert protocol.parse_server(text) is not None


@FUZZ
@given(st.lists(texts, max_size=12), st.booleans())
def test_whatever_one_says_the_others_stay_and_hear_only_what_they_can_read(
    said: list[str | bytes], agent: bool
) -> None:
    town = open_town()
    alice, bob = town.comes("Alice"), town.comes("Bob")
    mallory = town.comes("Mallory", agent=agent)
    ids = {"bob": bob.id, "self": mallory.id, "mallory": mallory.id}
    for text in said:
        attack(mallory, text, ids)
        for guest in (alice, bob, mallory):
            well_formed(guest.hears())
    assert town.inside()[:2] == ["Alice", "Bob"]
    assert (alice.cut, bob.cut) == (0, 0)
    alice.says("message", data={"chat": "still here"})
    assert [each["data"] for each in bob.hears_of("message")] == [{"chat": "still here"}]
    town.comes("Carol")
    assert alice.hears_of("participant_joined")[-1]["participant"]["name"] == "Carol"


@FUZZ
@given(
    st.dictionaries(st.sampled_from(FIELDS), json_values, max_size=6),
    st.booleans(),
)
def test_whatever_one_joins_with_the_room_goes_on(fields: dict[str, Any], private: bool) -> None:
    town = open_town(private=private)
    alice = town.comes("Alice", token=town.token())
    alice.hears()
    join = {"name": "Mallory", **fields, "room": "lobby"}
    code = refusal(lambda: town.comes(**join))
    assert code in {None, "bad_message", "bad_token", "bad_json"}
    assert town.inside()[:1] == ["Alice"]
    assert len(town.inside()) == (2 if code is None else 1)
    well_formed(alice.hears())


@FUZZ
@given(st.text(max_size=300) | st.binary(max_size=100) | st.builds(json.dumps, json_values))
def test_whatever_a_room_sends_is_a_message_or_a_protocol_error(text: str | bytes) -> None:
    code = refusal(lambda: protocol.parse_server(text))
    assert code in {None, "bad_json", "bad_message", "too_large"}


@FUZZ
@given(messages)
def test_what_is_read_is_written_and_read_the_same(text: str) -> None:
    try:
        message = protocol.parse_client(text)
    except ProtocolError:
        return
    assert protocol.parse_client(protocol.to_json(message)) == message
