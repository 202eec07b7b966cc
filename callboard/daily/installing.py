"""Standing where a program looks for `daily`."""

from __future__ import annotations

import importlib
import sys

from callboard.daily.options import Options
from callboard.daily.process import process


def install(*, room: str | None = None, strict: bool = False, port: int = 0) -> None:
    """Let `import daily` find this package from now on in this process; call it first of all.

    `room` is the server or the meeting that stands for every `https://NAME.daily.co/ROOM`
    (default: CALLBOARD_ROOM_URL, else a room in this process, on `port` or any free one);
    `strict` gives the original's behaviour where ours is kinder. Raises `RuntimeError` when
    another `daily` was imported before.
    """
    ours = importlib.import_module("callboard.daily")
    other = sys.modules.get("daily")
    if other is not None and other is not ours:
        raise RuntimeError(
            f"another module daily was imported already ({getattr(other, '__file__', None)}): call "
            "callboard.daily.install() before the first import of daily."
        )
    standard = Options.from_environment()
    process.options = Options(room=room or standard.room, strict=strict, port=port)
    sys.modules["daily"] = ours
