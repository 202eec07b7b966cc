"""What a message may look like: every field's type, size and default."""

import json

import pytest

from actors import protocol
from actors.protocol import ProtocolError, is_room_name, limits


def parse(**fields):
    return protocol.parse_client(json.dumps(fields))


OFFER = {"type": "offer", "sdp": "v=0"}


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "join"},
        {"type": "join", "name": 7},
        {"type": "join", "name": "A", "agent": "yes"},
        {"type": "join", "name": "A", "media": []},
        {"type": "join", "name": "A", "media": {"microphone": 1}},
        {"type": "join", "name": "A", "token": "x" * (limits.TOKEN_LENGTH + 1)},
        {"type": "join", "name": "A", "resume": {}},
        {"type": "signal", "to": "b"},
        {"type": "signal", "to": "b", "restart": True, "candidate": {}},
        {"type": "signal", "to": "b", "description": {"type": "rollback", "sdp": ""}},
        {"type": "signal", "to": "b", "description": {"type": "offer"}},
        {"type": "signal", "to": "b", "description": OFFER, "attempt": -1},
        {"type": "signal", "to": "b", "description": OFFER, "attempt": True},
        {"type": "signal", "to": "b", "description": OFFER, "attempt": 1.5},
        {"type": "signal", "to": "b", "description": OFFER, "attempt": 2**31},
        {"type": "signal", "to": 5, "restart": True},
        {"type": "signal", "to": "b", "description": OFFER, "tracks": {"4": {"kind": "smell"}}},
        {"type": "signal", "to": "b", "description": OFFER, "tracks": {"4": {"kind": "audio"}}},
        {"type": "update", "name": " "},
        {"type": "update", "playing": "yes"},
        {"type": "update", "user_data": "x" * limits.USER_DATA_BYTES},
        {
            "type": "update",
            "tracks": {str(n): {"kind": "audio", "name": "a"} for n in range(limits.TRACKS + 1)},
        },
        {"type": "update", "tracks": {"x" * 65: {"kind": "audio", "name": "a"}}},
        {"type": "message", "to": [], "data": 1},
        {"type": "message", "to": "x" * 65, "data": 1},
        {"type": "event", "data": {}},
        {"type": "event", "topic": "gossip", "data": {}},
        {"type": "event", "topic": "state", "data": "thinking"},
        {"type": "event", "topic": "graph", "data": {"x": "x" * limits.GRAPH_BYTES}},
        {"type": "admin", "id": "b", "permissions": {"screen": "no"}},
        {"type": "admin", "id": "b", "media": {"camera": True}},
        {"type": "eject"},
        {"type": "eject", "id": ""},
    ],
)
def test_what_does_not_fit_is_a_bad_message_with_a_sentence(fields):
    with pytest.raises(ProtocolError) as caught:
        parse(**fields)
    assert (caught.value.code, caught.value.fatal) == ("bad_message", False)
    assert caught.value.message.endswith(".")


def test_null_means_left_out_and_unknown_fields_are_nobodys_business():
    plain = parse(type="join", name="A")
    nulls = {"agent": None, "token": None, "media": None, "user_data": None, "resume": None}
    assert parse(type="join", name="A", **nulls, colour="blue") == plain


def test_what_is_left_out_is_false_unchanged_or_allowed():
    join = parse(type="join", name="A", media={"camera": True})
    assert join.media == protocol.Media(camera=True)
    update = parse(type="update")
    assert (update.name, update.media, update.tracks, update.playing) == (None, {}, None, None)
    assert protocol.Permissions().screen


@pytest.mark.parametrize("name", ["lobby", "A", "9", "a.b-c_d", "x" * 64])
def test_names_of_rooms(name):
    assert is_room_name(name)


@pytest.mark.parametrize("name", ["", "-", "-a", ".a", "x" * 65, "a b", "ü", "a/b", "a\n"])
def test_names_of_no_room(name):
    assert not is_room_name(name)


def test_a_sender_is_written_as_from_and_read_back():
    message = protocol.Message(data={"chat": "é"}, sender="a")
    text = protocol.to_json(message)
    assert json.loads(text) == {"type": "message", "data": {"chat": "é"}, "from": "a"}
    assert protocol.parse_server(text) == message


def test_a_type_that_no_client_knows_yet_is_none():
    assert protocol.parse_server('{"type": "sing", "song": 1}') is None
