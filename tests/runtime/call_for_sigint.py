"""A running graph whose owner stops it in order on the first SIGINT; run by test_sigint.py.

Prints `running` when an item has come all the way, and at the end what is left behind and in which
order actors stopped, and why.
"""

import json
import signal
import sys
import threading

import trio
from stage_set import Relay, Sink, Source

from runtime import ActorStopped, Context, Event, Graph, open_graph


class Busy(Relay):
    async def run(self, ctx: Context) -> None:
        async for item in self.inlet:
            await ctx.in_thread(sum, range(1000))
            await self.outlet.send(item)


class Listener(Sink):
    """Says when the first item has come all the way: from then on every actor lives."""

    async def run(self, ctx: Context) -> None:
        async for _ in self.inlet:
            print("running", flush=True)
            break
        await super().run(ctx)


async def main() -> None:
    source, busy, sink = Source(range(10**9), every=0.001), Busy(), Listener()
    stopped: list[tuple[str, str]] = []

    def observe(event: Event) -> None:
        if isinstance(event, ActorStopped):
            stopped.append((event.path, event.reason))

    with trio.open_signal_receiver(signal.SIGINT) as signals:
        # Written against the flow: who is cancelled together with all is told in this order.
        graph = Graph(busy.outlet >> sink.inlet, source.out >> busy.inlet)
        async with open_graph(graph, observe=observe) as running:
            async for _ in signals:
                break
        links = running.statistics().links
    print(
        json.dumps(
            {
                "stopped": stopped,
                "closed": all(link.closed for link in links),
                "threads": [t.name for t in threading.enumerate() if not t.name.startswith("Trio")],
            }
        ),
        flush=True,
    )


if __name__ == "__main__":
    trio.run(main)
    sys.exit(130)
