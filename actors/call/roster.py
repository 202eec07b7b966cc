"""Who is in the call, and what changes about them."""

from typing import Literal

import attrs

from actors.call.protocol import Participant


@attrs.frozen
class ParticipantEvent:
    """Something about somebody else in the call.

    Attributes:
        kind: `joined` (or was there before us), `updated`, `left`; `connected` when media can
            flow, `disconnected` when it broke down and is being renewed.
        participant: as they are now, or were last.
        reason: why, for `left` (`left`, `lost`, `ejected`) and `disconnected` (a sentence).
    """

    kind: Literal["joined", "updated", "left", "connected", "disconnected"]
    participant: Participant
    reason: str = ""
