"""One `Daily` context: its thread and what lives there, its callbacks, its custom tracks."""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING

from callboard.daily.background import Background
from callboard.daily.callbacks import CallbackThreads
from callboard.daily.errors import DeinitializedError
from callboard.daily.log_level import log_warnings
from callboard.daily.options import Options
from callboard.daily.resources import Resources, open_resources

if TYPE_CHECKING:
    pass

if TYPE_CHECKING:
    from callboard.daily.pcm_writer import PcmWriter
    from callboard.daily.picture_writer import PictureWriter

CALLBACK_SECONDS = 1.0
"""How long `close` waits for callbacks that run."""


class Context:
    """Made on first use, or by `Daily.init()`; ended by `Daily.deinit()` or at exit."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.callbacks = CallbackThreads()
        self.background: Background[Resources] = Background(lambda: open_resources(options))
        self.audio_tracks: weakref.WeakValueDictionary[str, PcmWriter] = (
            weakref.WeakValueDictionary()
        )
        self.video_tracks: weakref.WeakValueDictionary[str, PictureWriter] = (
            weakref.WeakValueDictionary()
        )
        self._closed = False
        log_warnings()
        self.background.start()

    @property
    def resources(self) -> Resources:
        """What lives on the background thread; use it there."""
        return self.background.opened

    @property
    def is_alive(self) -> bool:
        """Whether its thread serves."""
        return self.background.is_alive

    def check(self) -> None:
        """Raise `DeinitializedError` after `close` and in a forked child."""
        self.background.check()

    def close(self) -> None:
        """End calls and devices, join the thread, and wait a moment for callbacks that run."""
        if self._closed:
            return
        self._closed = True
        if self.callbacks.is_current:
            # A callback that ends the context must not wait for itself.
            threading.Thread(target=self._end, name="daily-end", daemon=True).start()
            return
        self._end()

    def _end(self) -> None:
        self.background.stop()
        self.callbacks.wait_idle(CALLBACK_SECONDS)

    def forget(self, close: Callable[[], object]) -> None:
        """Have a device closed whose object is gone; where the context is too, it is already."""
        with contextlib.suppress(DeinitializedError):
            self.background.post(close)
