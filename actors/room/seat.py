"""A participant's place in a room, with or without a socket."""

from __future__ import annotations

import attrs

from actors.call.protocol import Participant, ServerMessage, to_json
from actors.room.outbox import Outbox
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
        """The participant's id."""
        return self.participant.id

    def send(self, message: ServerMessage) -> None:
        """Queues a message for this participant."""
        self.post(to_json(message), lasting=message.type in LASTING)

    def post(self, text: str, *, lasting: bool) -> None:
        """Queues a message that is JSON already."""
        self.outbox.put(text, lasting=lasting)

    def change(self, participant: Participant) -> None:
        """Replaces what the others see."""
        self.participant = participant
