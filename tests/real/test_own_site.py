"""The snippet of docs/page.md, as it stands, on somebody else's site."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest
import trio
from chromium import open_chromium

from actors.room.server import open_room

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("chromium")]

PAGE = Path(__file__).resolve().parents[2] / "docs" / "page.md"
WRITTEN = "http://127.0.0.1:8000"


def snippet(room: str) -> str:
    """The documented page, with the address that this room really has."""
    (html,) = re.findall(r"^```html\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert WRITTEN in html
    return html.replace(WRITTEN, room)


async def answer(html: Callable[[], str], stream: trio.SocketStream) -> None:
    """One request, whatever it asks for."""
    await stream.receive_some()
    body = html().encode()
    head = (
        f"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    await stream.send_all(head.encode() + body)
    await stream.aclose()


def on_another_site(main: Callable[[str, str], Awaitable[None]], *, trusted: bool) -> None:
    """Runs `main(site, room)` with the snippet served from another port than the room's."""

    async def run() -> None:
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        site = f"http://localhost:{listener.socket.getsockname()[1]}"
        async with open_room(origins=[site] if trusted else []) as room, trio.open_nursery() as n:
            address = room.meeting_url("x").removesuffix("/x")
            serve = partial(answer, lambda: snippet(address))
            n.start_soon(trio.serve_listeners, serve, [listener])
            await main(site, f"{address}/help")
            n.cancel_scope.cancel()

    trio.run(run)


def test_the_documented_page_joins_from_another_site() -> None:
    async def main(site: str, room: str) -> None:
        async with open_chromium() as browser:
            host = await browser.open_page(f"{room}?join=1&name=Host")
            visitor = await browser.open_page(site)
            await visitor.click("#talk")
            await host.wait_for(
                "[...callboard.participants.values()].some((p) => p.name === 'Visitor'"
                " && p.media.microphone)"
            )
            await host.wait_for(
                "callboard.track([...callboard.participants.keys()][0],"
                " 'microphone')?.readyState === 'live'"
            )

    on_another_site(main, trusted=True)


def test_a_site_that_was_not_named_is_refused() -> None:
    async def main(site: str, room: str) -> None:
        async with open_chromium() as browser:
            visitor = await browser.open_page(site)
            await visitor.evaluate(
                "addEventListener('unhandledrejection', ({ reason }) => {"
                " globalThis.refused = reason.code; })"
            )
            await visitor.click("#talk")
            assert await visitor.wait_for("globalThis.refused") == "unreachable"

    on_another_site(main, trusted=False)
