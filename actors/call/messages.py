"""Chat and data that participants send each other."""

from collections.abc import Mapping
from typing import cast

import attrs

from actors.call.protocol import Json


@attrs.frozen
class ChatMessage:
    """Any JSON from one participant.

    Attributes:
        sender: the participant's id.
        data: what was sent. `{"chat": TEXT}` is a line of the page's chat.
        to: our own id when it was meant for us alone, None when it went to everybody.
    """

    sender: str
    data: Json
    to: str | None = None

    @property
    def text(self) -> str | None:
        """The line of chat, or None when this is something else."""
        if isinstance(self.data, Mapping):
            line = cast("Mapping[str, Json]", self.data).get("chat")
            return line if isinstance(line, str) else None
        return None
