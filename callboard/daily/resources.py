"""What a context keeps on its Trio thread: the devices, the media engine, the embedded rooms."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

import trio

from actors.call.port import MediaEngine
from callboard.daily.device_table import DeviceTable
from callboard.daily.neighbour import Neighbour, find_neighbour
from callboard.daily.options import Options

if TYPE_CHECKING:
    from callboard.daily.embedded_room import EmbeddedRoom

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
        self._neighbour: Neighbour | None = None

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
                from callboard.daily.embedded_room import EmbeddedRoom  # noqa: PLC0415  (a server)

                room = EmbeddedRoom(self._options.host, self._options.port)
                self._room = await self._keep(room.open())
            return self._room

    async def neighbour(self) -> Neighbour | None:
        """The room server of another process, where one has the port that ours would take."""
        async with self._opening:
            if self._room is None and self._neighbour is None and self._options.port != 0:
                self._neighbour = await find_neighbour(self._options.port)
            return self._neighbour

    def close(self) -> None:
        """Have everything closed that was opened."""
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
