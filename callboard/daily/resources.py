"""What a context keeps on its Trio thread: the devices, the media engine, the embedded rooms."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator

import trio

from actors.call.port import MediaEngine
from callboard.daily.device_table import DeviceTable
from callboard.daily.embedded_room import EmbeddedRoom
from callboard.daily.options import Options


class Resources:
    """Made by `open_resources`; used on the Trio thread alone."""

    def __init__(self, stack: contextlib.AsyncExitStack, options: Options) -> None:
        self.devices = DeviceTable()
        self._stack = stack
        self._options = options
        self._opening = trio.Lock()
        self._engine: MediaEngine | None = None
        self._room: EmbeddedRoom | None = None

    async def engine(self) -> MediaEngine:
        """The media engine of all clients, started when the first one joins."""
        async with self._opening:
            if self._engine is None:
                from actors.call.webrtc import open_media_engine  # noqa: PLC0415  (aiortc is slow)

                self._engine = await self._stack.enter_async_context(open_media_engine())
            return self._engine

    async def room(self) -> EmbeddedRoom:
        """The room server of this process, started when the first client needs it."""
        async with self._opening:
            if self._room is None:
                room = EmbeddedRoom(self._options.host, self._options.port)
                self._room = await self._stack.enter_async_context(room.open())
            return self._room


@contextlib.asynccontextmanager
async def open_resources(options: Options) -> AsyncGenerator[Resources]:
    """The resources of one context; all of them are closed when the block is left."""
    async with contextlib.AsyncExitStack() as stack:
        yield Resources(stack, options)
