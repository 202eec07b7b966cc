"""A moment of a running graph as its page gets it: plain data under the protocol's limit. Pure."""

from __future__ import annotations

from typing import Final

from actors.call.protocol import Json, limits
from actors.call.protocol.fields import dump
from runtime.link_statistics import LinkStatistics
from runtime.statistics import GraphStatistics

STATES: Final = {"waiting": "starting"}
"""What the protocol calls a state of the runtime, where it has a word of its own."""


def picture(statistics: GraphStatistics) -> dict[str, Json]:
    """The `statistics` event of docs/protocol.md.

    A graph too large for one event is told without its quietest links; `left_out` counts them.
    """
    links = [_link(each) for each in statistics.links]
    found: dict[str, Json] = {
        "kind": "statistics",
        "at": round(statistics.at, 3),
        "actors": [
            {"path": each.path, "state": STATES.get(each.state, each.state), "life": each.life}
            for each in statistics.actors
        ],
        "links": [*links],
    }
    busiest = sorted(range(len(links)), key=lambda n: -statistics.links[n].sent)
    while busiest and len(dump(found).encode()) > limits.GRAPH_BYTES:
        del busiest[-max(1, len(busiest) // 8) :]
        found["links"] = [links[n] for n in sorted(busiest)]
        found["left_out"] = len(links) - len(busiest)
    return found


def _link(link: LinkStatistics) -> dict[str, Json]:
    return {
        "source": link.source,
        "target": link.target,
        "capacity": link.capacity,
        "depth": link.depth,
        "sent": link.sent,
        "received": link.received,
        "dropped": {cause: count for cause, count in link.dropped.items() if count},
        "oldest_age": round(link.oldest_age, 3),
    }
