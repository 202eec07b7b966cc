"""Telling a client's events to its handler."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from callboard.daily.callbacks import CallbackQueue, CallbackThreads
from callboard.daily.shapes import Json

if TYPE_CHECKING:
    from callboard.daily.event_handler import EventHandler


class Telling:
    """Calls the handler's methods in order, on a thread that is not Trio's."""

    def __init__(self, threads: CallbackThreads, handler: EventHandler | None) -> None:
        self._handler = handler
        self._queue = CallbackQueue(threads)

    def tell(self, event: str, *arguments: Json) -> None:
        """Call `handler.on_EVENT`; the arguments are copied, so that the handler may keep them."""
        handler = self._handler
        if handler is None:
            return
        own = copy.deepcopy(arguments)
        self._queue.call(lambda: getattr(handler, f"on_{event}")(*own))
