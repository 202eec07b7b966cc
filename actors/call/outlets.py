"""Who is told what happens in a call."""

from typing import Protocol

from actors.call.listening import Heard
from actors.call.messages import ChatMessage
from actors.call.played import Played
from actors.call.roster import ParticipantEvent
from actors.call.video.picture import Picture


class Outlets(Protocol):
    """Takes what happens in a call. Nothing here may block or raise."""

    def heard(self, heard: Heard) -> None:
        """Take one tick of everybody's audio."""
        ...

    def participant(self, event: ParticipantEvent) -> None:
        """Take news of somebody."""
        ...

    def message(self, message: ChatMessage) -> None:
        """Take what somebody sent."""
        ...

    def played(self, played: Played) -> None:
        """Take how much of a turn was sent."""
        ...

    def picture(self, picture: Picture) -> None:
        """Take a picture of somebody's camera or screen."""
        ...
