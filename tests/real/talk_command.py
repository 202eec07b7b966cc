"""`callboard talk` as somebody types it, beside the test."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator

import trio

STARTED, ENDED = 15.0, 5.0


@contextlib.asynccontextmanager
async def talking(*arguments: str, under: tuple[str, ...] = ()) -> AsyncGenerator[str]:
    """Runs the command on any free port; yields the address that it printed. Ends it by Ctrl-C.

    `under` is a command that runs it, as `ip netns exec` does.
    """
    command = [*under, sys.executable, "-m", "callboard.cli", "talk", "--port", "0", "--no-browser"]
    process = await trio.lowlevel.open_process([*command, *arguments], stdout=subprocess.PIPE)
    try:
        with trio.fail_after(STARTED):
            printed = b""
            while not printed.endswith(b"\n"):
                part = await process.stdout.receive_some()
                assert part, f"callboard talk ended with code {await process.wait()}"
                printed += part
        yield printed.decode().strip()
        process.send_signal(signal.SIGINT)
        with trio.fail_after(ENDED):
            assert await process.wait() == 130
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        with trio.CancelScope(shield=True):
            await process.wait()
        await process.stdout.aclose()
