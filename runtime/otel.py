"""Events of a graph as OpenTelemetry spans and metrics (extra `otel`).

`async with open_graph(graph, observe=Telemetry()):`. Nothing here is imported unless asked for.
"""

from __future__ import annotations

import functools

from opentelemetry import metrics, trace

from runtime import events
from runtime.events import Event


class Telemetry:
    """An observer. Each life is a span `actor`, which ends where it crashes or the actor stops.

    Counters: `callboard.actor.restarts`, `callboard.link.dropped`, `callboard.turn.interrupted`,
    `callboard.loop.stalled`; attributes are paths, causes and numbers, never content.
    """

    def __init__(
        self, tracer: trace.Tracer | None = None, meter: metrics.Meter | None = None
    ) -> None:
        self._tracer = tracer or trace.get_tracer("callboard")
        meter = meter or metrics.get_meter("callboard")
        self._restarts = meter.create_counter("callboard.actor.restarts")
        self._dropped = meter.create_counter("callboard.link.dropped", unit="items")
        self._interrupted = meter.create_counter("callboard.turn.interrupted", unit="items")
        self._stalled = meter.create_histogram("callboard.loop.stalled", unit="s")
        self._lives: dict[str, trace.Span] = {}

    @functools.singledispatchmethod
    def __call__(self, event: Event) -> None:
        """Take an event; those that are neither a span nor a number are left out."""

    @__call__.register
    def _(self, event: events.ActorStarted) -> None:
        self._end(event.path)
        attributes = {"actor": event.path, "life": event.life}
        self._lives[event.path] = self._tracer.start_span("actor", attributes=attributes)

    @__call__.register
    def _(self, event: events.ActorReady) -> None:
        if (span := self._lives.get(event.path)) is not None:
            span.add_event("ready")

    @__call__.register
    def _(self, event: events.ActorCrashed) -> None:
        if (span := self._lives.get(event.path)) is not None:
            span.set_status(trace.StatusCode.ERROR, event.report.error)
            span.add_event("crashed", {"where": event.report.where})
        self._end(event.path)

    @__call__.register
    def _(self, event: events.ActorRestarted) -> None:
        self._restarts.add(1, {"actor": event.path})

    @__call__.register
    def _(self, event: events.ActorStopped) -> None:
        self._end(event.path)

    @__call__.register
    def _(self, event: events.LinkDropped) -> None:
        self._dropped.add(event.count, {"link": event.path, "cause": event.cause})

    @__call__.register
    def _(self, event: events.TurnInterrupted) -> None:
        self._interrupted.add(event.dropped, {"actor": event.path})

    @__call__.register
    def _(self, event: events.LoopStalled) -> None:
        self._stalled.record(event.seconds, {"actor": event.path})

    def _end(self, path: str) -> None:
        if (span := self._lives.pop(path, None)) is not None:
            span.end()
