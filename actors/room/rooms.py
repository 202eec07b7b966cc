"""All rooms of a server: who is let in, who comes back, whose time is up. No I/O."""

from __future__ import annotations

import math
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

import attrs

from actors import protocol
from actors.protocol import Json, Participant, ProtocolError, limits
from actors.room.meeting import Meeting, Seat
from actors.room.outbox import Farewell, Outbox
from actors.room.tokens import Claims, Relays, ResumeKey, Signer


@attrs.define
class RoomMetrics:
    """Counters since the server started."""

    joins: int = 0
    resumes: int = 0
    refused: Counter[str] = attrs.field(factory=Counter[str])
    leaves: Counter[str] = attrs.field(factory=Counter[str])
    messages: Counter[str] = attrs.field(factory=Counter[str])
    errors: Counter[str] = attrs.field(factory=Counter[str])
    cut: int = 0
    connections_failed: int = 0

    def prometheus(self, *, rooms: int, participants: int, connections: int) -> str:
        """Text exposition format 0.0.4."""
        return "\n".join(self._lines(rooms, participants, connections)) + "\n"

    def _lines(self, rooms: int, participants: int, connections: int) -> Iterator[str]:
        failed = "Connections that broke HTTP, TLS or WebSocket."
        for name, what, value in (
            ("rooms", "Rooms with somebody in.", rooms),
            ("participants", "People and agents in rooms.", participants),
            ("connections", "Open TCP connections.", connections),
            ("joins_total", "Joins.", self.joins),
            ("resumes_total", "Lost sockets that came back.", self.resumes),
            ("refused_total", "Joins refused.", _labelled("code", self.refused)),
            ("leaves_total", "Participants gone.", _labelled("reason", self.leaves)),
            ("messages_total", "Messages from clients.", _labelled("type", self.messages)),
            ("errors_total", "Errors sent to clients.", _labelled("code", self.errors)),
            ("sockets_cut_total", "Sockets too slow to read.", self.cut),
            ("connections_failed_total", failed, self.connections_failed),
        ):
            yield f"# HELP callboard_{name} {what}"
            yield f"# TYPE callboard_{name} {'counter' if name.endswith('_total') else 'gauge'}"
            for labels, count in ({"": value} if isinstance(value, int) else value).items():
                yield f"callboard_{name}{labels} {count}"


def _labelled(label: str, counts: Counter[str]) -> dict[str, int]:
    return {f'{{{label}="{key}"}}': value for key, value in sorted(counts.items())}


@attrs.frozen
class ParticipantEntered:
    """Somebody was let in who was not there before; `claims` are those of the token."""

    room: str
    participant: Participant
    claims: Mapping[str, Json]


@attrs.frozen
class ParticipantExited:
    """Somebody's seat is free again: `left`, `lost` or `ejected`."""

    room: str
    participant: Participant
    reason: str


@attrs.frozen
class House:
    """The rules of a server.

    `admit(room, participants)` may refuse a person with a sentence: then the person hears `busy`.
    """

    signer: Signer
    private: bool = False
    participants: int = limits.PARTICIPANTS
    relays: Relays = attrs.field(factory=Relays)
    observe: Callable[[ParticipantEntered | ParticipantExited], None] = lambda event: None
    admit: Callable[[str, tuple[Participant, ...]], str | None] = lambda room, participants: None


class Rooms:
    """Every meeting that goes on now."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.meetings: dict[str, Meeting] = {}
        self.figures = RoomMetrics()
        # Who was sent away or has left does not come back by a key that still holds.
        self._ended: dict[str, tuple[str, float]] = {}
        # Meetings that were over in this server's time; one that was not ended with a server
        # before this one, and goes on.
        self._over: dict[str, float] = {}

    def join(self, room: str, join: protocol.Join, outbox: Outbox) -> tuple[Meeting, Seat]:
        """Lets somebody in, or back; the first message in `outbox` is `joined`.

        Raises `ProtocolError`, always fatal.
        """
        key = self._resume_key(room, join)
        meeting = self.meetings.get(room)
        seat = meeting.seats.get(key.id) if meeting and key else None
        if meeting is None or seat is None:
            return self._newcomer(room, join, outbox, key)
        return self._return(meeting, seat, join, outbox)

    def hear(self, meeting: Meeting, seat: Seat, message: protocol.ClientMessage) -> None:
        """Takes a participant's message. Raises `ProtocolError` for its sender."""
        self.figures.messages[message.type] += 1
        ejected = meeting.seats.get(message.id) if isinstance(message, protocol.Eject) else None
        meeting.hear(seat, message)
        if isinstance(message, protocol.Leave):
            self._gone(meeting, seat, "left")
        if ejected is not None:
            self._gone(meeting, ejected, "ejected")

    def lost(self, meeting: Meeting, seat: Seat, outbox: Outbox, now: float) -> None:
        """The socket behind `outbox` is gone; its seat is kept for a while."""
        if seat.outbox is outbox and seat.id in meeting.seats:
            seat.lost_at = now
            outbox.detach()

    def expire(self, now: float) -> None:
        """Takes the seats of those who have stayed away too long."""
        for meeting in list(self.meetings.values()):
            for seat in list(meeting.seats.values()):
                if seat.lost_at is not None and now - seat.lost_at >= limits.LEAVE_AFTER:
                    meeting.remove(seat, "lost")
                    self._gone(meeting, seat, "lost")
        wall = self.house.signer.clock()
        self._ended = {who: end for who, end in self._ended.items() if end[1] > wall}
        self._over = {session: end for session, end in self._over.items() if end > wall}

    def next_expiry(self) -> float:
        """When `expire` has something to do, at the earliest; infinity if nobody is away."""
        away = [
            seat.lost_at + limits.LEAVE_AFTER
            for meeting in self.meetings.values()
            for seat in meeting.seats.values()
            if seat.lost_at is not None
        ]
        return min(away, default=math.inf)

    def fresh_key(self, meeting: Meeting, seat: Seat) -> str:
        """A resume key that holds from now on."""
        claims = attrs.evolve(seat.claims, permissions=seat.participant.permissions)
        return self.house.signer.resume_key(
            participant=seat.id,
            joined_at=seat.participant.joined_at,
            room=meeting.room,
            session=meeting.session,
            claims=claims,
        )

    def _resume_key(self, room: str, join: protocol.Join) -> ResumeKey | None:
        if join.resume is None:
            return None
        key = self.house.signer.read_resume_key(join.resume, room)
        if key is None:
            return None
        ended = self._ended.get(key.id)
        if ended is not None and ended[0] == "ejected":
            raise ProtocolError("ejected", "You were asked to leave this room.", fatal=True)
        meeting = self.meetings.get(room)
        here = meeting is not None and key.id in meeting.seats
        return key if here or (key.fresh and ended is None) else None

    def _claims(self, room: str, join: protocol.Join) -> Claims:
        if join.token is not None:
            claims = self.house.signer.read_meeting_token(join.token, room)
            if self.house.private or claims.agent:
                return claims
            return attrs.evolve(claims, agent=join.agent)
        if self.house.private:
            raise ProtocolError(
                "bad_token", "This room is private: joining needs a meeting token.", fatal=True
            )
        return Claims(agent=join.agent)

    def _newcomer(
        self, room: str, join: protocol.Join, outbox: Outbox, key: ResumeKey | None
    ) -> tuple[Meeting, Seat]:
        claims = key.claims if key else self._claims(room, join)
        meeting = self.meetings.get(room)
        present = meeting.participants() if meeting else ()
        if len(present) >= self.house.participants:
            raise ProtocolError(
                "room_full",
                f"The room {room} is full: it takes {self.house.participants} participants.",
                fatal=True,
            )
        refusal = None if claims.agent else self.house.admit(room, present)
        if refusal is not None:
            raise ProtocolError("busy", refusal, fatal=True)
        recovered = key is not None and self._recovers(meeting, key)
        if meeting is None:
            until = self.house.signer.clock() + limits.LEAVE_AFTER if recovered else -math.inf
            session = key.session if key else str(uuid.uuid4())
            meeting = self.meetings[room] = Meeting(room, session, recovering_until=until)
        participant = Participant(
            id=key.id if key else str(uuid.uuid4()),
            name=claims.name or join.name,
            owner=claims.owner,
            agent=claims.agent,
            hidden=claims.hidden,
            media=join.media.allowed(claims.permissions),
            permissions=claims.permissions,
            user_data=join.user_data,
            joined_at=key.joined_at if key else round(self.house.signer.clock(), 3),
        )
        seat = Seat(participant, claims, outbox)
        meeting.enter(seat)
        self.figures.joins += 1
        self._welcome(meeting, seat, participant, resumed=recovered, recovering=recovered)
        meeting.catch_up(seat)
        self.house.observe(ParticipantEntered(room, participant, claims.all))
        return meeting, seat

    def _recovers(self, meeting: Meeting | None, key: ResumeKey) -> bool:
        """Whether the bearer comes back from before a restart, and nobody saw them leave."""
        if meeting is None:
            return key.session not in self._over
        return meeting.recovers(key.session, self.house.signer.clock())

    def _return(
        self, meeting: Meeting, seat: Seat, join: protocol.Join, outbox: Outbox
    ) -> tuple[Meeting, Seat]:
        before, seat.outbox, seat.lost_at = seat.outbox, outbox, None
        now = seat.participant
        changed = attrs.evolve(
            now,
            name=seat.claims.name or join.name,
            media=join.media.allowed(now.permissions),
            user_data=now.user_data if join.user_data is None else join.user_data,
        )
        self.figures.resumes += 1
        self._welcome(meeting, seat, changed, resumed=True)
        before.hand_over(outbox)
        error = protocol.Error("replaced", "You have joined on another connection.", fatal=True)
        before.end(Farewell(1008, protocol.to_json(error)))
        meeting.change(seat, changed)
        meeting.catch_up(seat)
        return meeting, seat

    def _welcome(
        self,
        meeting: Meeting,
        seat: Seat,
        shown: Participant,
        *,
        resumed: bool,
        recovering: bool = False,
    ) -> None:
        everybody = (shown if each.id == seat.id else each for each in meeting.participants())
        seat.send(
            protocol.Joined(
                id=seat.id,
                room=meeting.room,
                session=meeting.session,
                resumed=resumed,
                recovering=recovering,
                resume=self.fresh_key(meeting, seat),
                participants=tuple(everybody),
                ice_servers=self.house.relays.for_participant(seat.id, self.house.signer.clock()),
            )
        )

    def _gone(self, meeting: Meeting, seat: Seat, reason: str) -> None:
        self.figures.leaves[reason] += 1
        until = self.house.signer.clock() + limits.RESUME_WITHIN + limits.PING_EVERY
        if reason != "lost":
            self._ended[seat.id] = (reason, until)
        if not meeting.seats and self.meetings.get(meeting.room) is meeting:
            del self.meetings[meeting.room]
            self._over[meeting.session] = until
        self.house.observe(ParticipantExited(meeting.room, seat.participant, reason))
