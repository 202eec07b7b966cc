"""Everything that the runtime raises."""

from __future__ import annotations

from collections.abc import Sequence


class RuntimeFault(Exception):
    """Base of all errors of the runtime."""


class GraphError(RuntimeFault, ValueError):
    """A graph cannot run as it is wired; `problems` holds each reason as one sentence."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class NotRunningError(RuntimeFault):
    """A port was used outside of a life: ports carry items only inside `run`."""


class LinkFullError(RuntimeFault):
    """A link whose overflow policy is ERROR was full."""


class UnknownPathError(RuntimeFault, KeyError):
    """No actor or group of the running graph has this path."""

    def __str__(self) -> str:
        return str(self.args[0])


class Killed(RuntimeFault):
    """An actor's life was ended by `kill`."""


class NotReady(RuntimeFault):
    """An actor did not call `ctx.ready()` within its `ready_within` seconds."""


class RestartsExhausted(RuntimeFault):
    """A group crashed more often than its budget allows; the last crash is the cause."""
