"""Hundreds of visits leave a server as it was: connections, tasks, files, memory."""

from __future__ import annotations

import gc
import json
import os
import sys
from pathlib import Path

import pytest
import trio
import trio.testing
from connections_gone import all_gone

from actors.call.address import MeetingAddress
from actors.call.signalling import open_socket
from actors.room import RoomServer, open_room

VISITS = 200
GROWTH = 2 * 1024 * 1024

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not Path("/proc/self/statm").exists(), reason="Open files and memory are counted by /proc."
    ),
]


async def visit(room: RoomServer, number: int) -> None:
    """Joins, talks, and leaves: properly, or as a process that was killed does."""
    async with open_socket(MeetingAddress.parse(room.meeting_url(f"room{number}"))) as socket:
        await socket.send_message(json.dumps({"type": "join", "name": "A", "user_data": "x" * 999}))
        await socket.get_message()
        await socket.send_message(json.dumps({"type": "message", "data": "x" * 9999}))
        if number % 2:
            await trio.aclose_forcefully(socket._stream)
        else:
            await socket.send_message(json.dumps({"type": "leave"}))


def counts() -> tuple[int, int]:
    """Open files and living tasks."""
    files = len(list(Path("/proc/self/fd").iterdir()))
    return files, trio.lowlevel.current_statistics().tasks_living


def resident() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_200_visits_leave_nothing_behind() -> None:
    async def round_of(room: RoomServer, first: int) -> None:
        async with trio.open_nursery() as nursery:
            for number in range(first, first + 20):
                nursery.start_soon(visit, room, number)
        await all_gone(room)
        await trio.testing.wait_all_tasks_blocked()

    async def all_visits(room: RoomServer) -> None:
        for first in range(0, VISITS, 20):
            await round_of(room, first)
            room.rooms.expire(sys.maxsize)

    async def main() -> None:
        with trio.fail_after(60):
            async with open_room() as room:
                await all_visits(room)  # what is kept from the first on
                before, memory = counts(), resident()
                await all_visits(room)
                assert counts() == before
                assert resident() - memory <= GROWTH
                assert room.rooms.meetings == {}
                assert room.rooms.figures.leaves == {"left": VISITS, "lost": VISITS}
                assert room.rooms.figures.connections_failed == 0

    trio.run(main)
