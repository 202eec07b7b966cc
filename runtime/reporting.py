"""Events as structlog entries. No content: kinds, lengths, ids and times only."""

from __future__ import annotations

import logging

import structlog

from runtime import events
from runtime.events import Event

_NAMES: dict[type[Event], tuple[str, str]] = {
    events.ActorStarted: ("actor.started", "debug"),
    events.ActorReady: ("actor.ready", "debug"),
    events.ActorCrashed: ("actor.crashed", "error"),
    events.ActorRestarted: ("actor.restarted", "warning"),
    events.ActorStopped: ("actor.stopped", "debug"),
    events.GroupDegraded: ("group.degraded", "error"),
    events.GroupRecovered: ("group.recovered", "warning"),
    events.TurnBegan: ("turn.began", "debug"),
    events.TurnInterrupted: ("turn.interrupted", "info"),
    events.SpeechPaused: ("turn.paused", "debug"),
    events.StopDelayed: ("actor.stop_delayed", "error"),
}


def report(event: Event) -> None:
    """Log one event under its name.

    Where nobody configured structlog nothing is logged, but a crash is still seen: its report goes
    to the standard library's logger, on standard error unless somebody handles it.
    """
    if not structlog.is_configured():
        if isinstance(event, events.ActorCrashed):
            logging.getLogger("callboard").error("%s", event.report.text)
        return
    name, level = _NAMES.get(type(event), (type(event).__name__, "info"))
    fields: dict[str, object] = {"actor": event.path}
    if isinstance(event, events.ActorCrashed):
        fields["report"] = event.report.text
    for field in ("life", "turn", "dropped", "reason", "after", "retry_in"):
        value = getattr(event, field, None)
        if value is not None:
            fields[field] = value
    getattr(structlog.get_logger("callboard"), level)(name, **fields)
