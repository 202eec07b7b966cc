"""How this process wants the API to behave, and how much is logged."""

from __future__ import annotations

import logging
import os
import sys
from enum import IntEnum
from typing import Final

import attrs
import structlog

ROOM_VARIABLE: Final = "CALLBOARD_ROOM_URL"


@attrs.frozen
class Options:
    """The choices of `callboard daily` and `install`.

    Attributes:
        room: the server, or the meeting, that stands for every `https://NAME.daily.co/ROOM`; None
            opens a room in this process.
        strict: behave as the original where this API is kinder: a device in no call returns 0 or
            b"" at once, and `Daily.init()` has to come first and only once (here: an error).
        host: where an embedded room binds.
        port: its port; 0 takes any free one. A port that is taken is replaced by a free one.
    """

    room: str | None = None
    strict: bool = False
    host: str = "127.0.0.1"
    port: int = 0

    @classmethod
    def from_environment(cls) -> Options:
        """The defaults, and the room in CALLBOARD_ROOM_URL."""
        return cls(room=os.environ.get(ROOM_VARIABLE) or None)


class LogLevel(IntEnum):
    """Levels of `Daily.init` and `Daily.set_log_level`."""

    Off = 0
    Error = 1
    Warn = 2
    Info = 3
    Debug = 4
    Trace = 5


_LEVELS: Final = {
    LogLevel.Off: logging.CRITICAL + 10,
    LogLevel.Error: logging.ERROR,
    LogLevel.Warn: logging.WARNING,
    LogLevel.Info: logging.INFO,
    LogLevel.Debug: logging.DEBUG,
    LogLevel.Trace: logging.DEBUG,
}


def log_from(level: LogLevel) -> None:
    """Let what is at least so grave be logged, to standard error: its output is the script's."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
            structlog.dev.ConsoleRenderer(
                colors=False, exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[LogLevel(level)]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def log_warnings() -> None:
    """Log warnings and errors where nobody has said what to log."""
    if not structlog.is_configured():
        log_from(LogLevel.Warn)
