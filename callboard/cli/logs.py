"""Logs: to standard error, one line an event, never what people said."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping

import structlog

CONTENT_KEYS = frozenset(("text", "content", "data", "chat", "transcript", "frame", "sdp"))
"""Fields that may quote somebody; shown with `--log-content` alone."""

WARNING = (
    "--log-content: what people say will stand in the logs. Tell them, and do not keep these logs."
)

Event = MutableMapping[str, object]


def configure_logs(*, verbose: bool, content: bool) -> None:
    """Sets up structlog for this process; the standard library's logging follows its level."""
    level = logging.DEBUG if verbose else logging.INFO
    processors: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
    ]
    if not content:
        processors.append(_without_content)
    colors = sys.stderr.isatty()
    processors.append(
        structlog.dev.ConsoleRenderer(
            colors=colors, exception_formatter=structlog.dev.plain_traceback
        )
    )
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(name)s: %(message)s")
    if content:
        sys.stderr.write(WARNING + "\n")


def _without_content(logger: object, method: str, event: Event) -> Event:
    for key in CONTENT_KEYS & event.keys():
        value = event[key]
        size = f" of {len(value)}" if isinstance(value, str | bytes | list | dict) else ""
        event[key] = f"<{type(value).__name__}{size}>"
    return event
