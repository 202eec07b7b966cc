"""One Chromium process: its flags, its profile, its end."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import trio

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--mute-audio",
    "--use-fake-device-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    # A page that nobody looks at must run as fast as one that somebody does.
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
    "--remote-debugging-port=0",
)

STARTED = 30.0
ENDED = 5.0


def find_chromium() -> str | None:
    """The path of an installed Chromium or Chrome, or None."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@asynccontextmanager
async def running(program: str, flags: Sequence[str]) -> AsyncGenerator[str]:
    """Runs the browser with an empty profile; yields the WebSocket address of its DevTools."""
    profile = tempfile.mkdtemp(prefix="chromium-")
    arguments = [program, *FLAGS, f"--user-data-dir={profile}", *flags, "about:blank"]
    try:
        async with trio.open_nursery() as nursery:
            process: trio.Process = await nursery.start(_run, arguments)
            try:
                yield await _address(process, Path(profile))
            finally:
                process.terminate()
                with trio.CancelScope(shield=True), trio.move_on_after(ENDED):
                    await process.wait()
                nursery.cancel_scope.cancel()
    finally:
        # Its children may write for a moment longer than it lives.
        shutil.rmtree(profile, ignore_errors=True)


async def _run(
    arguments: Sequence[str], task_status: trio.TaskStatus[trio.Process] = trio.TASK_STATUS_IGNORED
) -> None:
    process = await trio.lowlevel.open_process(
        arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    task_status.started(process)
    try:
        await process.wait()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        with trio.CancelScope(shield=True):
            await process.wait()


async def _address(process: trio.Process, profile: Path) -> str:
    told = trio.Path(profile / "DevToolsActivePort")
    with trio.fail_after(STARTED):
        while True:
            if process.poll() is not None:
                raise RuntimeError(f"Chromium ended at once, with code {process.returncode}.")
            if await told.exists() and len(words := (await told.read_text()).split()) == 2:
                return f"ws://127.0.0.1:{words[0]}{words[1]}"
            await trio.sleep(0.02)
