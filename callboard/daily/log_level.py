"""How much is logged."""

from __future__ import annotations

import logging
import sys
from enum import IntEnum
from typing import Final

import structlog


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
