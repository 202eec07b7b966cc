"""Exception groups that hold one exception."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar, cast

import trio

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
