"""One room while somebody is in it: who is there, and what each may say to whom. No I/O."""

from __future__ import annotations

import math

import attrs

from actors import protocol
from actors.protocol import Participant, ProtocolError, ServerMessage, to_json
from actors.room.outbox import Farewell, Outbox
from actors.room.tokens import Claims

# Comings and goings too: who was lost and came back while a socket was away begins anew under the
# same id, which no list of those present shows.
LASTING = ("signal", "message", "admin", "participant_joined", "participant_left")


@attrs.define(eq=False)
class Seat:
    """Held from `join` until the room says that its participant has left.

    `lost_at` is None while a socket is there. The outbox belongs to that socket; a resume brings
    a new one, and by that the old socket's task knows that it is not the seat's any more.
    """

    participant: Participant
    claims: Claims
    outbox: Outbox
    lost_at: float | None = None
    last_state: str | None = None

    @property
    def id(self) -> str:
        return self.participant.id

    def send(self, message: ServerMessage) -> None:
        self.post(to_json(message), lasting=message.type in LASTING)

    def post(self, text: str, *, lasting: bool) -> None:
        self.outbox.put(text, lasting=lasting)


class Meeting:
    """The seats of one room, from the first to come until the last has left.

    `hear` takes what a participant said; answers and copies go to the outboxes. What is wrong
    with it is raised as `ProtocolError`, for the sender alone.
    """

    def __init__(self, room: str, session: str, *, recovering_until: float = -math.inf) -> None:
        self.room = room
        self.session = session
        self.seats: dict[str, Seat] = {}
        self._recovering_until = recovering_until

    def recovers(self, session: str, now: float) -> bool:
        """Whether people may still come back to this meeting from before a server's restart.

        No longer than a seat is kept, so nobody can have been seen leaving since. `now` is of the
        clock of `recovering_until`.
        """
        return session == self.session and now < self._recovering_until

    def participants(self) -> tuple[Participant, ...]:
        return tuple(seat.participant for seat in self.seats.values())

    def enter(self, seat: Seat) -> None:
        """Seats a newcomer and tells the others."""
        self.seats[seat.id] = seat
        self._tell_others(seat, protocol.ParticipantJoined(seat.participant))

    def catch_up(self, seat: Seat) -> None:
        """Tells a newcomer what state the agents are in."""
        for other in self.seats.values():
            if other is not seat and other.last_state is not None:
                seat.post(other.last_state, lasting=False)

    def remove(self, seat: Seat, reason: str) -> None:
        """Takes a seat away and tells the others why; its socket hears a farewell."""
        if self.seats.pop(seat.id, None) is None:
            return
        for other in self.seats.values():
            other.send(protocol.ParticipantLeft(seat.id, reason))
        if reason != "ejected":
            seat.outbox.end(Farewell(1000))

    def change(self, seat: Seat, participant: Participant) -> None:
        """Gives a participant new attributes and shows them, to itself too."""
        if participant == seat.participant:
            return
        seat.participant = participant
        text = protocol.to_json(protocol.ParticipantUpdated(participant))
        for other in self.seats.values():
            other.post(text, lasting=False)

    def hear(self, seat: Seat, message: protocol.ClientMessage) -> None:
        match message:
            case protocol.Signal():
                other = self._find(message.to)
                other.send(attrs.evolve(message, to=None, sender=seat.id))
            case protocol.Update():
                self._update(seat, message)
            case protocol.Message():
                self._pass_on(seat, message)
            case protocol.Event():
                self._announce(seat, message)
            case protocol.Admin():
                self._administer(seat, message)
            case protocol.Eject():
                self._eject(seat, message)
            case protocol.Ping():
                seat.send(protocol.Pong())
            case protocol.Pong():
                pass
            case protocol.Leave():
                self.remove(seat, "left")
            case protocol.Join():
                raise ProtocolError("already_joined", "You have joined already.")

    def _update(self, seat: Seat, update: protocol.Update) -> None:
        now = seat.participant
        changes = {
            "name": seat.claims.name or update.name,
            "tracks": update.tracks,
            "playing": update.playing,
            "recording": update.recording,
            "user_data": update.user_data,
        }
        given = {key: value for key, value in changes.items() if value is not None}
        media = now.media.changed(update.media).allowed(now.permissions)
        self.change(seat, attrs.evolve(now, media=media, **given))

    def _pass_on(self, seat: Seat, message: protocol.Message) -> None:
        if not seat.participant.permissions.messages:
            raise ProtocolError("not_allowed", "You may not send messages in this room.")
        copy = attrs.evolve(message, sender=seat.id)
        if message.to is None:
            self._tell_others(seat, copy)
        else:
            self._find(message.to).send(copy)

    def _announce(self, seat: Seat, event: protocol.Event) -> None:
        if not seat.participant.agent:
            raise ProtocolError("not_allowed", "Only agents send events.")
        text = self._tell_others(seat, attrs.evolve(event, sender=seat.id))
        if event.topic == "state":
            seat.last_state = text

    def _administer(self, seat: Seat, order: protocol.Admin) -> None:
        self._require_owner(seat)
        other = self._find(order.id)
        now = other.participant
        permissions = now.permissions.changed(order.permissions)
        media = now.media.changed(order.media).allowed(permissions)
        self.change(other, attrs.evolve(now, permissions=permissions, media=media))
        other.send(attrs.evolve(order, id=None, sender=seat.id))

    def _eject(self, seat: Seat, order: protocol.Eject) -> None:
        self._require_owner(seat)
        other = self._find(order.id)
        self.remove(other, "ejected")
        error = protocol.Error("ejected", "You were asked to leave this room.", fatal=True)
        other.outbox.end(Farewell(1008, protocol.to_json(error)))

    def _require_owner(self, seat: Seat) -> None:
        if not seat.participant.owner:
            raise ProtocolError("not_allowed", "Only an owner of the room may do that.")

    def _find(self, participant: str | None) -> Seat:
        seat = self.seats.get(participant or "")
        if seat is None:
            raise ProtocolError("unknown_participant", "There is no such participant here.")
        return seat

    def _tell_others(self, seat: Seat, message: ServerMessage) -> str:
        text = protocol.to_json(message)
        for other in self.seats.values():
            if other is not seat:
                other.post(text, lasting=message.type in LASTING)
        return text
