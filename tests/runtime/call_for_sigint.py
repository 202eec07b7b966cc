"""A running graph whose owner stops it in order on the first SIGINT; run by test_sigint.py.

Prints `running`, and at the end what is left behind and the order in which actors stopped.
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


async def main() -> None:
    source, busy, sink = Source(range(10**9), every=0.001), Busy(), Sink()
    stopped: list[str] = []

    def observe(event: Event) -> None:
        if isinstance(event, ActorStopped):
            stopped.append(event.path)

    with trio.open_signal_receiver(signal.SIGINT) as signals:
        graph = Graph(source.out >> busy.inlet, busy.outlet >> sink.inlet)
        print("running", flush=True)
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
