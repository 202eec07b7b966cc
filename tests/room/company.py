"""People in rooms without a socket: what each says, and what each hears."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import attrs
import pytest

from actors import protocol
from actors.protocol import ProtocolError
from actors.room.outbox import Farewell, Outbox
from actors.room.rooms import House, ParticipantEntered, ParticipantExited, Rooms
from actors.room.tokens import Signer

SECRET = "a secret of more than thirty-two bytes, for tests"
NOON = 1_764_000_000.0


@attrs.define
class Clock:
    """Seconds since 1970, as a test sets them."""

    now: float = NOON

    def __call__(self) -> float:
        return self.now


@attrs.define
class Town:
    """All rooms of a server, with a clock in the test's hand and everything that was observed."""

    clock: Clock
    rooms: Rooms
    observed: list[ParticipantEntered | ParticipantExited]

    def comes(self, name: str = "Alice", room: str = "lobby", **join: Any) -> Guest:
        """Somebody joins, as a client's JSON says it."""
        guest = Guest(self, name, room)
        message = protocol.parse_client(json.dumps({"type": "join", "name": name, **join}))
        assert isinstance(message, protocol.Join)
        guest.meeting, guest.seat = self.rooms.join(room, message, guest.outbox)
        return guest

    def token(self, room: str = "lobby", seconds: float = 60.0, **claims: Any) -> str:
        return self.rooms.house.signer.meeting_token(room, seconds=seconds, claims=claims)

    def inside(self, room: str = "lobby") -> list[str]:
        """The names of everybody in a room."""
        meeting = self.rooms.meetings.get(room)
        return [each.name for each in meeting.participants()] if meeting else []

    def passes(self, seconds: float) -> None:
        """Time goes by, for seats and for signatures."""
        self.clock.now += seconds
        self.rooms.expire(self.clock.now)


def open_town(**house: Any) -> Town:
    clock, observed = Clock(), list[ParticipantEntered | ParticipantExited]()
    signer = Signer(SECRET, clock)
    rooms = Rooms(House(signer=signer, observe=observed.append, **house))
    return Town(clock, rooms, observed)


class Guest:
    """A participant, from its join on."""

    def __init__(self, town: Town, name: str, room: str) -> None:
        self.town = town
        self.name = name
        self.room = room
        self.cut = 0
        self.outbox = Outbox(self._cut)
        self.meeting: Any = None
        self.seat: Any = None

    @property
    def id(self) -> str:
        return self.seat.id

    def _cut(self) -> None:
        self.cut += 1

    def says(self, message: str, **fields: Any) -> None:
        """Sends one message."""
        text = json.dumps({"type": message, **fields})
        self.town.rooms.hear(self.meeting, self.seat, protocol.parse_client(text))

    def hears(self) -> list[dict[str, Any] | Farewell]:
        """Everything since the last call, as it goes over the wire; a farewell comes last."""
        heard: list[dict[str, Any] | Farewell] = []
        while len(self.outbox):
            heard.append(json.loads(_at_once(self.outbox.get())))
        if self.outbox._farewell is not None:  # pyright: ignore
            heard.append(_at_once(self.outbox.get()))
        return heard

    def hears_of(self, message: str) -> list[dict[str, Any]]:
        """Those of one type."""
        heard = [each for each in self.hears() if isinstance(each, dict)]
        return [each for each in heard if each["type"] == message]

    def loses_socket(self) -> None:
        self.town.rooms.lost(self.meeting, self.seat, self.outbox, self.town.clock.now)

    def key(self) -> str:
        """The newest resume key, as a ping brings it."""
        return self.town.rooms.fresh_key(self.meeting, self.seat)


def _at_once(coroutine: Any) -> Any:
    """What an async function returns that has nothing to wait for."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("it waits")


@contextmanager
def refused(code: str, *, fatal: bool = False) -> Iterator[None]:
    """What the block does is refused with this code."""
    with pytest.raises(ProtocolError) as caught:
        yield
    assert (caught.value.code, caught.value.fatal) == (code, fatal)
    assert caught.value.message.endswith(".")
