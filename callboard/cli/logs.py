"""Logs: to standard error, one line an event, never what people said."""

from __future__ import annotations

import logging
import sys
import textwrap
from collections.abc import MutableMapping, Sized

import structlog

CONTENT_KEYS = frozenset(("text", "content", "data", "chat", "transcript", "frame", "sdp"))
"""Fields that may quote somebody; shown with `--log-content` alone."""

WARNING = (
    "--log-content: what people say will stand in the logs. Tell them, and do not keep these logs."
)

Event = MutableMapping[str, object]


def configure_logs(*, verbose: bool, content: bool) -> None:
    """Sets up structlog for this process; the standard library's logging follows its level."""
    level = logging.INFO if verbose else logging.WARNING
    processors: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
    ]
    if not content:
        processors.append(_without_content)
    processors += [_said_by_the_command, _in_blocks()]
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(name)s: %(message)s")
    if content:
        sys.stderr.write(WARNING + "\n")


SAID_BY_THE_COMMAND = ("UnreachableError", "RefusedError", "BadAddressError")
"""Ends of a call for which the command itself has a sentence."""


def _said_by_the_command(logger: object, method: str, event: Event) -> Event:
    """Leave out the report of a call that did not come about: one sentence says it."""
    first_line = str(event.get("report", "")).partition("\n")[0]
    if event["event"] == "actor.crashed" and first_line.endswith(SAID_BY_THE_COMMAND):
        raise structlog.DropEvent
    return event


def _in_blocks() -> structlog.types.Processor:
    """Lines as structlog's console has them; a crash report stands below its line as it is."""
    render = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )

    def lines(logger: object, method: str, event: Event) -> str:
        report = event.pop("report", None)
        if report is None:
            return render(logger, method, event)
        event.pop("actor", None)
        event.pop("life", None)
        return f"{render(logger, method, event)}\n{textwrap.indent(str(report), '  ')}"

    return lines


def _without_content(logger: object, method: str, event: Event) -> Event:
    for key in CONTENT_KEYS & event.keys():
        value = event[key]
        size = f" of {len(value)}" if isinstance(value, Sized) else ""
        event[key] = f"<{type(value).__name__}{size}>"
    return event
