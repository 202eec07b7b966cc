"""The `Daily` context of this process: its thread, what lives there, its callbacks."""

from __future__ import annotations

import atexit
import os
import threading
import weakref
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeVar

import trio

from actors.call.port import MediaEngine
from callboard.daily.background import BackgroundThread
from callboard.daily.callbacks import CallbackThreads
from callboard.daily.device_table import DeviceTable
from callboard.daily.embedded_room import (
    EmbeddedRoom,
    OtherRoom,
    find_neighbour,
    open_embedded_room,
)
from callboard.daily.errors import AlreadyInitializedError, NotInitializedError
from callboard.daily.options import Options, log_warnings
from callboard.daily.writing import PcmWriter, PictureWriter

T = TypeVar("T")


class Resources:
    """Made by `open_resources`; used on the Trio thread alone."""

    def __init__(self, nursery: trio.Nursery, options: Options) -> None:
        self.devices = DeviceTable()
        self._nursery = nursery
        self._options = options
        self._opening = trio.Lock()
        self._closing = trio.Event()
        self._engine: MediaEngine | None = None
        self._room: EmbeddedRoom | None = None
        self._neighbour: OtherRoom | None = None

    async def engine(self) -> MediaEngine:
        """The media engine of all clients, started when the first one joins."""
        async with self._opening:
            if self._engine is None:
                from actors.call.webrtc import open_media_engine  # noqa: PLC0415  (aiortc is slow)

                self._engine = await self._keep(open_media_engine())
            return self._engine

    async def room(self) -> EmbeddedRoom:
        """The room server of this process, started when the first client needs it."""
        async with self._opening:
            if self._room is None:
                room = open_embedded_room(self._options.host, self._options.port)
                self._room = await self._keep(room)
            return self._room

    async def neighbour(self) -> OtherRoom | None:
        """The room server of another process, where one has the port that ours would take."""
        async with self._opening:
            if self._room is None and self._neighbour is None and self._options.port != 0:
                self._neighbour = await find_neighbour(self._options.port)
            return self._neighbour

    def close(self) -> None:
        self._closing.set()

    async def _keep(self, resource: AbstractAsyncContextManager[T]) -> T:
        """Open something in a task of its own: what it opens inside must end where it began."""
        opened: T = await self._nursery.start(self._hold, resource)
        return opened

    async def _hold(
        self, resource: AbstractAsyncContextManager[T], *, task_status: trio.TaskStatus[T]
    ) -> None:
        async with resource as opened:
            task_status.started(opened)
            await self._closing.wait()


@asynccontextmanager
async def open_resources(options: Options) -> AsyncGenerator[Resources]:
    """The resources of one context; all of them are closed when the block is left."""
    async with trio.open_nursery() as nursery:
        resources = Resources(nursery, options)
        yield resources
        resources.close()


CALLBACK_SECONDS = 1.0
"""How long `close` waits for callbacks that run."""


class DailyContext:
    """Made on first use, or by `Daily.init()`; ended by `Daily.deinit()` or at exit."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.callbacks = CallbackThreads()
        self.background: BackgroundThread[Resources] = BackgroundThread(
            lambda: open_resources(options)
        )
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
        """Resources of the background thread; use them there."""
        return self.background.opened

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


class Process:
    """Makes the one context of this process when it is first needed, and ends it.

    `Daily.init()` and the devices' names have no object that could hold it.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._context: DailyContext | None = None
        self._initialized = False
        self.options: Options | None = None

    def init(self) -> DailyContext:
        """Begin. A second call changes nothing; in strict mode it is an error."""
        with self._lock:
            options = self._chosen()
            if self._initialized and options.strict:
                raise AlreadyInitializedError("Daily.init() was called before; call it once.")
            self._initialized = True
            return self._started(options)

    def current(self) -> DailyContext:
        """The context, begun now where there is none; in strict mode that is an error."""
        with self._lock:
            options = self._chosen()
            if not self._initialized and options.strict:
                raise NotInitializedError("call Daily.init() first (strict mode asks for it).")
            return self._started(options)

    def deinit(self) -> None:
        """End the context. Where there is none nothing happens."""
        with self._lock:
            context, self._context, self._initialized = self._context, None, False
        if context is not None:
            context.close()

    def after_fork(self) -> None:
        """In a child: what was made before belongs to the parent."""
        self._lock = threading.RLock()
        self._context, self._initialized = None, False

    def _chosen(self) -> Options:
        return self.options or Options.from_environment()

    def _started(self, options: Options) -> DailyContext:
        if self._context is None or not self._context.background.is_alive:
            self._context = DailyContext(options)
        return self._context


process = Process()

atexit.register(process.deinit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=process.after_fork)
