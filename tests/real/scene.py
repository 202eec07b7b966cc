"""A room with a browser beside it, and what people do on its page."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
from chromium import Browser, Page, open_chromium

from actors.room.server import RoomServer, open_room

ON_STAGE = "document.documentElement.dataset.view === 'call'"


@attrs.frozen
class Scene:
    """An open room and an open browser."""

    room: RoomServer
    browser: Browser

    @property
    def url(self) -> str:
        return self.room.meeting_url("lobby")

    async def joined(self, name: str, token: str = "", **device: object) -> Page:
        """A page that joined at once, as `?join=1` does; with an invitation's `token`."""
        invitation = f"#token={token}" if token else ""
        page = await self.browser.open_page(f"{self.url}?join=1&name={name}{invitation}", **device)
        await page.wait_for(ON_STAGE)
        return page


@asynccontextmanager
async def open_scene(microphone: Path | None = None) -> AsyncGenerator[Scene]:
    """A room on any free port, and a browser whose microphone repeats a recording."""
    async with open_room() as room, open_chromium(microphone=microphone, repeat=True) as browser:
        yield Scene(room, browser)


async def enter_name(page: Page, name: str) -> None:
    """Types a name into the lobby, in place of what stands there."""
    await page.evaluate("document.querySelector('#name').select()")
    await page.click("#name")
    await page.evaluate("document.querySelector('#name').value = ''")
    await page.type(name)


def tile(name: str) -> str:
    """The expression for somebody's tile on the stage, or undefined."""
    named = f"each.querySelector('.who').textContent === {json.dumps(name)}"
    return f"[...document.querySelectorAll('.tile')].find((each) => {named})"


def remote_track(section: str = "microphone") -> str:
    """The expression for the first other participant's track."""
    return f"callboard.track([...callboard.participants.keys()][0], {json.dumps(section)})"
