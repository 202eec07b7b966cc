"""One browser with a microphone that plays a file."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from os import PathLike

import trio
from trio_websocket import open_websocket_url

from .connection import Connection
from .page import Page
from .process import find_chromium, running

SCREENSHOT_LIMIT = 64 << 20


class Browser:
    """A running Chromium."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def open_page(
        self,
        url: str,
        *,
        microphone: bool = True,
        size: tuple[int, int] = (1280, 800),
        phone: bool = False,
        scheme: str = "dark",
        reduced_motion: bool = False,
        script: str = "",
        bypass_policy: bool = False,
    ) -> Page:
        """Opens `url` in a profile of its own; `microphone=False` is a person who has denied it.

        `scheme` is the colour scheme that the person prefers: "dark" or "light". `script` runs
        before any of the page's own; `bypass_policy` lets the test add modules of its own.
        """
        call = self._connection.call
        context = (await call("Target.createBrowserContext"))["browserContextId"]
        for name in ("microphone", "camera"):
            await call(
                "Browser.setPermission",
                permission={"name": name},
                setting="granted" if microphone else "denied",
                browserContextId=context,
            )
        target = await call("Target.createTarget", url="about:blank", browserContextId=context)
        attached = await call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        page = Page(self._connection, attached["sessionId"], target["targetId"])
        await page.prepare(size=size, phone=phone, scheme=scheme, reduced_motion=reduced_motion)
        if bypass_policy:
            await page.call("Page.setBypassCSP", enabled=True)
        if script:
            await page.call("Page.addScriptToEvaluateOnNewDocument", source=script)
        await page.go(url)
        return page


@asynccontextmanager
async def open_chromium(
    *,
    microphone: str | PathLike[str] | None = None,
    repeat: bool = False,
    flags: Sequence[str] = ("--autoplay-policy=no-user-gesture-required",),
) -> AsyncGenerator[Browser]:
    """A headless Chromium whose microphone plays a WAV file, once or again and again.

    It begins when a page opens the microphone. Without a file it beeps each second. RuntimeError
    where no Chromium is installed.
    """
    program = find_chromium()
    if program is None:
        raise RuntimeError("No Chromium is installed: apt-get install chromium.")
    given = list(flags)
    if microphone is not None:
        once = "" if repeat else "%noloop"
        given.append(
            f"--use-file-for-fake-audio-capture={await trio.Path(microphone).resolve()}{once}"
        )
    async with (
        running(program, given) as address,
        open_websocket_url(address, max_message_size=SCREENSHOT_LIMIT) as socket,
        trio.open_nursery() as nursery,
    ):
        connection = Connection(socket)
        nursery.start_soon(connection.pump)
        yield Browser(connection)
        nursery.cancel_scope.cancel()
