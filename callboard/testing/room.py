"""The room of a lab: who is in it, and the messages between the call and the people.

It speaks `callboard.1` with the call: every message is written and read as JSON, as on a socket.
"""

import json
from collections.abc import Callable, Mapping, Sequence

import attrs
import trio

from actors import protocol
from actors.errors import CallEnded, RefusedError
from actors.protocol import ClientMessage, Joined, ServerMessage
from callboard.testing import timeline
from callboard.testing.far_side import FarSide
from callboard.testing.person import Coming, Deed, Going, Typing

ROOM = "lab"
AGENT_ID = "agent"
_MAX_WAITING = 512


class LabRoom:
    """Lets the agent's call and people in, and passes on what they send each other.

    Args:
        seats: the people, present or not.
        note: takes what belongs into the timeline.
    """

    def __init__(self, seats: Sequence[FarSide], note: Callable[[timeline.Entry], None]) -> None:
        self._seats = seats
        self._note = note
        self._ids: dict[str, FarSide] = {}
        self._present: dict[str, protocol.Participant] = {}
        self._channel: LabChannel | None = None

    def find(self, participant: str) -> FarSide | None:
        """The person behind a participant's id, whether or not still here."""
        return self._ids.get(participant)

    def channel(self, join: protocol.Join) -> "LabChannel":
        return LabChannel(self, join)

    async def perform(self, seat: FarSide) -> None:
        """Do what a person does, each deed at its moment."""
        for deed in sorted(seat.person.deeds, key=lambda deed: deed.at):
            await trio.sleep_until(deed.at)
            self._do(seat, deed)

    def _do(self, seat: FarSide, deed: Deed) -> None:
        match deed:
            case Coming() if not seat.present:
                self._come(seat)
            case Going() if seat.present:
                self._go(seat)
            case Typing(data=data) if seat.present:
                self._note(_typed(seat.person.name, data))
                self._push(protocol.Message(data=_as_json(data), sender=self._id_of(seat)))
            case _:
                pass

    def _come(self, seat: FarSide) -> None:
        times = sum(each is seat for each in self._ids.values())
        identity = seat.person.id if not times else f"{seat.person.id}-{times + 1}"
        who = protocol.Participant(
            id=identity,
            name=seat.person.name,
            media=protocol.Media(microphone=True),
            joined_at=trio.current_time(),
        )
        self._ids[identity] = seat
        self._present[identity] = who
        seat.present = True
        self._note(timeline.Joined(trio.current_time(), seat.person.name))
        if self._channel is not None:
            self._push(protocol.ParticipantJoined(who))
            self._push(_description("offer", identity, attempt=0))

    def _go(self, seat: FarSide) -> None:
        identity = self._id_of(seat)
        del self._present[identity]
        seat.present = False
        self._note(timeline.Left(trio.current_time(), seat.person.name))
        self._push(protocol.ParticipantLeft(identity, "left"))

    def _id_of(self, seat: FarSide) -> str:
        return next(identity for identity in self._present if self._ids[identity] is seat)

    def _push(self, message: ServerMessage) -> None:
        if self._channel is not None:
            self._channel.push(message)

    # What the call does

    def enter(self, channel: "LabChannel", join: protocol.Join) -> Joined:
        if self._channel is not None:
            raise RefusedError(
                "a lab holds one call, and another one joins; test each agent in a lab of its own",
                code="room_full",
            )
        self._channel = channel
        agent = protocol.Participant(id=AGENT_ID, name=join.name, agent=join.agent)
        return Joined(
            id=AGENT_ID,
            room=ROOM,
            session="lab",
            resumed=False,
            resume="lab",
            participants=(*self._present.values(), agent),
        )

    def leave(self) -> None:
        self._channel = None

    def take(self, message: ClientMessage) -> None:
        """Do what the call asks, as the room and the people's pages would."""
        match message:
            case protocol.Signal(to=str(to)) if to in self._present:
                self._answer(message, to)
            case protocol.Event(topic="caption", data=data):
                self._note(self._captioned(data))
            case protocol.Event(topic="state", data={"state": str(state)}):
                self._note(timeline.StateChanged(trio.current_time(), state))
            case protocol.Message(data=data):
                self._note(timeline.MessageSent(trio.current_time(), _as_text(data)))
            case _:
                pass

    def _answer(self, signal: protocol.Signal, person: str) -> None:
        if signal.restart:
            self._push(_description("offer", person, attempt=signal.attempt + 1))
            return
        if signal.description is not None and signal.description.get("type") == "offer":
            self._push(_description("answer", person, attempt=signal.attempt))
        playing = self._present[person] = attrs.evolve(self._present[person], playing=True)
        self._push(protocol.ParticipantUpdated(playing))

    def _captioned(self, data: Mapping[str, protocol.Json]) -> timeline.Captioned:
        who, heard = data.get("participant"), data.get("heard")
        seat = self._ids.get(who) if isinstance(who, str) else None
        turn = data.get("turn")
        return timeline.Captioned(
            trio.current_time(),
            seat.person.name if seat else "the agent",
            turn if isinstance(turn, int) else 0,
            str(data.get("text", "")),
            bool(data.get("final")),
            heard if isinstance(heard, str) else None,
        )


class LabChannel:
    """A call's way to the room of a lab. See `actors.call.signalling.RoomChannel`."""

    def __init__(self, room: LabRoom, join: protocol.Join) -> None:
        self._room = room
        self._join = join
        self._inbox, self._from_room = trio.open_memory_channel[str](_MAX_WAITING)
        self.lost: Callable[[], None] = lambda: None
        """Never called: a lab's room is always in reach."""

    async def run(self, *, task_status: trio.TaskStatus[Joined]) -> None:
        """Join, and stay until cancelled."""
        joined = self._room.enter(self, self._join)
        try:
            message = protocol.parse_server(protocol.to_json(joined))
            assert isinstance(message, Joined)
            task_status.started(message)
            await trio.sleep_forever()
        finally:
            self._room.leave()
            self._inbox.close()

    def send(self, message: ClientMessage) -> None:
        """Pass a message to the room, at once."""
        self._room.take(protocol.parse_client(protocol.to_json(message)))

    async def receive(self) -> ServerMessage:
        while True:
            try:
                message = protocol.parse_server(await self._from_room.receive())
            except trio.EndOfChannel:
                raise CallEnded("the call was left") from None
            if message is not None:
                return message

    def push(self, message: ServerMessage) -> None:
        self._inbox.send_nowait(protocol.to_json(message))


def _description(kind: str, person: str, *, attempt: int) -> protocol.Signal:
    return protocol.Signal(
        sender=person, attempt=attempt, description={"type": kind, "sdp": person}
    )


def _typed(who: str, data: object) -> timeline.Typed:
    match data:
        case {"chat": str(text)}:
            pass
        case _:
            text = _as_text(data)
    return timeline.Typed(trio.current_time(), who, text)


def _as_text(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, sort_keys=True)


def _as_json(data: object) -> protocol.Json:
    plain: protocol.Json = json.loads(json.dumps(data))
    return plain
