"""Events as structlog entries. No content: kinds, lengths, ids and times only."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import attrs
import structlog

from runtime import events
from runtime.events import Event

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

_NAMES: dict[type[Event], tuple[str, int]] = {
    events.ActorStarted: ("actor.started", logging.DEBUG),
    events.ActorReady: ("actor.ready", logging.DEBUG),
    events.ActorCrashed: ("actor.crashed", logging.ERROR),
    events.ActorRestarted: ("actor.restarted", logging.INFO),
    events.ActorStopped: ("actor.stopped", logging.DEBUG),
    events.StopDelayed: ("actor.stop_delayed", logging.ERROR),
    events.GroupDegraded: ("group.degraded", logging.ERROR),
    events.GroupRecovered: ("group.recovered", logging.WARNING),
    events.LinkDropped: ("link.dropped", logging.INFO),
    events.LoopStalled: ("loop.stalled", logging.WARNING),
    events.TurnBegan: ("turn.began", logging.DEBUG),
    events.TurnInterrupted: ("turn.interrupted", logging.INFO),
    events.SpeechPaused: ("turn.paused", logging.DEBUG),
}


_ONLY_CRITICAL = structlog.make_filtering_bound_logger(logging.CRITICAL)


def _say_nothing(*_: object) -> str:
    raise structlog.DropEvent


def logger(given: FilteringBoundLogger | None) -> FilteringBoundLogger:
    """The logger of a graph: the one given, else structlog's own once somebody configured it,
    else one that says nothing: a library does not print unasked."""
    if given is not None:
        return given
    if structlog.is_configured():
        return structlog.get_logger("callboard")
    return structlog.wrap_logger(None, processors=[_say_nothing], wrapper_class=_ONLY_CRITICAL)


def report(event: Event, log: FilteringBoundLogger) -> None:
    """Log one event under its name.

    Where nobody configured structlog a crash is still seen: its report goes to the standard
    library's logger, on standard error unless somebody handles it.
    """
    if isinstance(event, events.ActorCrashed) and not structlog.is_configured():
        logging.getLogger("callboard").error("%s", event.report.text)
    name, level = _NAMES.get(type(event), (type(event).__name__, logging.INFO))
    if not log.is_enabled_for(level):
        return
    fields = attrs.asdict(event, recurse=False, filter=lambda a, _: a.name not in ("at", "path"))
    if isinstance(event, events.ActorCrashed):
        fields["report"] = event.report.text
    log.log(level, name, actor=event.path, **fields)
