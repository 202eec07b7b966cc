"""Events as spans and metrics, through OpenTelemetry's own interfaces."""

import pytest
import trio
from stage_set import Relay, Script, Sink, Source, run

pytest.importorskip("opentelemetry", reason="opentelemetry is not installed: callboard[otel]")

from opentelemetry import metrics, trace

from runtime import Context, Graph, LoopStalled, Overflow, open_graph, wire
from runtime.otel import Telemetry


class Span(trace.NonRecordingSpan):
    def __init__(self, name: str, attributes: dict[str, object]) -> None:
        super().__init__(trace.INVALID_SPAN_CONTEXT)
        self.name, self.attributes = name, attributes
        self.ended, self.status = 0, ""

    def end(self, end_time: int | None = None) -> None:
        self.ended += 1

    def set_status(self, status: object, description: str | None = None) -> None:
        self.status = str(description)


class Tracer(trace.NoOpTracer):
    def __init__(self) -> None:
        self.spans: list[Span] = []

    def start_span(self, name: str, *args: object, **kwargs: object) -> Span:
        self.spans.append(Span(name, dict(kwargs["attributes"])))  # type: ignore[call-overload]
        return self.spans[-1]


class Counter(metrics.NoOpCounter):
    def __init__(self, name: str, **kwargs: object) -> None:
        super().__init__(name)
        self.total: float = 0

    def add(self, amount: float, *args: object, **kwargs: object) -> None:
        self.total += amount


class Histogram(metrics.NoOpHistogram):
    def __init__(self, name: str, **kwargs: object) -> None:
        super().__init__(name)
        self.total: float = 0

    def record(self, amount: float, *args: object, **kwargs: object) -> None:
        self.total += amount


class Meter(metrics.NoOpMeter):
    def __init__(self) -> None:
        super().__init__("test")
        self.made: dict[str, Counter | Histogram] = {}

    def create_counter(self, name: str, *args: object, **kwargs: object) -> Counter:
        return self.made.setdefault(name, Counter(name))  # type: ignore[return-value]

    def create_histogram(self, name: str, *args: object, **kwargs: object) -> Histogram:
        return self.made.setdefault(name, Histogram(name))  # type: ignore[return-value]


def test_lives_are_spans_and_drops_and_restarts_are_counted() -> None:
    tracer, meter = Tracer(), Meter()

    async def main() -> None:
        source, relay, sink = Source(range(10)), Relay(crash_at=[1]), Sink(takes=1.0)
        graph = Graph(
            source.out >> relay.inlet,
            wire(relay.outlet, sink.inlet, capacity=1, overflow=Overflow.DROP_NEWEST),
        )
        telemetry = Telemetry(tracer, meter)
        async with open_graph(graph, observe=telemetry) as running:
            await trio.sleep(0.5)
            running.interrupt(1)
            await running.wait()
        telemetry(LoopStalled(0.0, "sink", 0.25))

    run(main)
    lives = [(span.attributes["actor"], span.attributes["life"]) for span in tracer.spans]
    assert sorted(lives) == [("relay", 1), ("relay", 2), ("sink", 1), ("source", 1)]
    assert [span.ended for span in tracer.spans] == [1, 1, 1, 1]
    assert [span.status for span in tracer.spans if span.status] == ["ValueError"]
    totals = {name: made.total for name, made in meter.made.items()}
    assert totals == {
        "callboard.actor.restarts": 1,
        "callboard.link.dropped": 1,
        "callboard.turn.interrupted": 0,
        "callboard.loop.stalled": 0.25,
    }


def test_without_a_provider_it_costs_nothing_and_says_nothing() -> None:
    async def main() -> None:
        async with open_graph(Graph(Source().out >> Sink().inlet), observe=Telemetry()) as running:
            await running.wait()

    run(main)


def test_a_graph_that_is_left_ends_the_spans_of_all_that_still_ran() -> None:
    tracer, meter = Tracer(), Meter()

    async def main() -> None:
        source, sink = Source([1]), Sink(takes=60.0)
        graph = Graph(source.out >> sink.inlet)
        async with open_graph(graph, observe=Telemetry(tracer, meter)):
            await trio.sleep(1)

    run(main)
    assert sorted(str(span.attributes["actor"]) for span in tracer.spans) == ["sink", "source"]
    assert [span.ended for span in tracer.spans] == [1, 1]


def test_a_life_that_ends_ends_the_spans_of_its_children() -> None:
    tracer, meter = Tracer(), Meter()

    async def parent(me: Script, ctx: Context) -> None:
        async with ctx.children() as children:
            children.start("sleeper", trio.sleep_forever)
            await trio.sleep(1)

    async def main() -> None:
        graph = Graph(Script(parent).named("parent").outlet >> Sink().inlet)
        async with open_graph(graph, observe=Telemetry(tracer, meter)) as running:
            await running.wait()

    run(main)
    ended = {str(span.attributes["actor"]): span.ended for span in tracer.spans}
    assert ended == {"parent": 1, "parent/sleeper": 1, "sink": 1}
