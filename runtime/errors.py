"""Errors of the runtime, and exception groups that hold one exception."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar, cast

import trio


class RuntimeFault(Exception):
    """Base of all errors of the runtime."""


class GraphError(RuntimeFault, ValueError):
    """A graph cannot run as it is wired."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        """Each reason, as one sentence."""
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


E = TypeVar("E", bound=BaseException)


def lone(error: E) -> E:
    """Return the only exception of a group of one, however deep; else the error itself."""
    inner: BaseException = error
    while len(members := _members(inner)) == 1:
        inner = members[0]
    if members:
        return error
    return cast("E", inner)


@asynccontextmanager
async def open_plain_nursery() -> AsyncGenerator[trio.Nursery]:
    """A nursery whose lone error is raised as itself, with its own cause and context."""
    try:
        async with trio.open_nursery() as nursery:
            yield nursery
    except BaseExceptionGroup as group:
        error = lone(group)
        if error is group:
            raise
        cause, context = error.__cause__, error.__context__
        try:
            raise error from cause
        finally:
            error.__context__ = context


def holds(error: BaseException, *kinds: type[BaseException]) -> bool:
    """Tell whether an exception is one of these kinds, or a group that holds one."""
    return isinstance(error, kinds) or any(holds(member, *kinds) for member in _members(error))


def _members(error: BaseException) -> Sequence[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        return cast("BaseExceptionGroup[BaseException]", error).exceptions
    return ()
