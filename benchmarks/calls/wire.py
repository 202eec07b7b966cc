"""Questions and answers with another process: one JSON object a line, on stdin and stdout."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

Answer = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]


def usage() -> dict[str, Any]:
    """CPU seconds of this process so far, and its resident memory in bytes (Linux; else 0)."""
    statm = Path("/proc/self/statm")
    pages = int(statm.read_text().split()[1]) if statm.exists() else 0
    return {"cpu": time.process_time(), "memory": pages * os.sysconf("SC_PAGE_SIZE")}


def reply(answer: dict[str, Any]) -> None:
    """Write one answer."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


async def serve(answer: Answer) -> None:
    """Answer the questions on stdin until it ends, on asyncio."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=1 << 22)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        question = json.loads(line)
        reply(usage() if question["ask"] == "usage" else await answer(question))
