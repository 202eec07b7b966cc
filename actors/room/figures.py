"""What a server counts, and how Prometheus reads it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import attrs


@attrs.define
class Figures:
    """Counters since the server started."""

    joins: int = 0
    resumes: int = 0
    refused: Counter[str] = attrs.field(factory=Counter[str])
    leaves: Counter[str] = attrs.field(factory=Counter[str])
    messages: Counter[str] = attrs.field(factory=Counter[str])
    errors: Counter[str] = attrs.field(factory=Counter[str])
    cut: int = 0
    connections_failed: int = 0

    def count_message(self, kind: str) -> None:
        """A client said something of this type."""
        self.messages[kind] += 1

    def count_leave(self, reason: str) -> None:
        """Somebody is gone."""
        self.leaves[reason] += 1

    def prometheus(self, *, rooms: int, participants: int, connections: int) -> str:
        """Text exposition format 0.0.4."""
        return "\n".join(self._lines(rooms, participants, connections)) + "\n"

    def _lines(self, rooms: int, participants: int, connections: int) -> Iterator[str]:
        yield from _family("callboard_rooms", "gauge", "Rooms with somebody in.", {"": rooms})
        yield from _family(
            "callboard_participants", "gauge", "People and agents in rooms.", {"": participants}
        )
        yield from _family(
            "callboard_connections", "gauge", "Open TCP connections.", {"": connections}
        )
        yield from _family("callboard_joins_total", "counter", "Joins.", {"": self.joins})
        yield from _family(
            "callboard_resumes_total", "counter", "Lost sockets that came back.", {"": self.resumes}
        )
        for name, what, label, counts in (
            ("refused", "Joins refused.", "code", self.refused),
            ("leaves", "Participants gone.", "reason", self.leaves),
            ("messages", "Messages from clients.", "type", self.messages),
            ("errors", "Errors sent to clients.", "code", self.errors),
        ):
            labelled = {f'{{{label}="{key}"}}': value for key, value in sorted(counts.items())}
            yield from _family(f"callboard_{name}_total", "counter", what, labelled)
        yield from _family(
            "callboard_sockets_cut_total", "counter", "Sockets too slow to read.", {"": self.cut}
        )
        yield from _family(
            "callboard_connections_failed_total",
            "counter",
            "Connections that broke HTTP, TLS or WebSocket.",
            {"": self.connections_failed},
        )


def _family(name: str, kind: str, what: str, values: dict[str, int]) -> Iterator[str]:
    yield f"# HELP {name} {what}"
    yield f"# TYPE {name} {kind}"
    for labels, value in values.items():
        yield f"{name}{labels} {value}"
