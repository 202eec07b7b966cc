"""Everything of a client that its calls need, whichever call it is in."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from actors.call.call import Servers
from callboard.daily.client.local_settings import LocalSettings
from callboard.daily.client.renderers import Renderers
from callboard.daily.client.transcription import Transcription
from callboard.daily.context import DailyContext
from callboard.daily.event_handler import EventDispatcher

NAME = "Guest"


@attrs.define(eq=False)
class ClientState:
    """One client, in a call or not. It lives on the Trio thread."""

    context: DailyContext
    telling: EventDispatcher
    renderers: Renderers
    transcription: Transcription
    settings: LocalSettings = attrs.field(factory=LocalSettings)
    name: str = NAME
    servers: Callable[[Servers], Servers] | None = None
    """Which STUN and TURN servers a call uses, made from those that its room names."""
