"""Reports a crash to a person."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Sequence, Sized
from typing import cast

import attrs
import trio

from runtime.errors import lone
from runtime.link import LinkStatistics


@attrs.frozen
class CrashReport:
    """One crash, whole: who, what, in which surroundings, and what was decided.

    It never holds the exception's message, unless the graph was opened with `log_content`: a
    message may quote what people said.

    Attributes:
        path: the actor, group or child.
        life: the number of the life, from 1.
        uptime: seconds that the life lasted.
        where: file, line and function that raised.
        in_hand: type, time and size of the item that was received last, never its content.
        links: each of the actor's links at that moment.
        trimmed: items that were dropped because they had waited too long.
        restarts_left: restarts that the budget still allows.
        decision: what is done about it.
        error: the exception's type, and those of its causes.
    """

    path: str
    life: int
    uptime: float
    error: str
    where: str
    in_hand: str
    links: Sequence[LinkStatistics]
    trimmed: int
    restarts_left: int
    decision: str

    @property
    def text(self) -> str:
        """The report as one readable block."""
        lines = [
            f"{self.path} crashed in life {self.life} after {self.uptime:.3f} s: {self.error}",
            f"  raised   {self.where}",
            f"  in hand  {self.in_hand}",
        ]
        for link in self.links:
            dropped = sum(link.dropped.values())
            lines.append(
                f"  link     {link.source} >> {link.target}: {link.depth} of {link.capacity} "
                f"queued, {link.sent} sent, {dropped} dropped"
            )
        if self.trimmed:
            lines.append(f"  trimmed  {self.trimmed} item(s) that stood too long")
        lines += [
            f"  budget   {self.restarts_left} restart(s) left",
            f"  decision {self.decision}",
        ]
        return "\n".join(lines)


def describe_item(item: object) -> str:
    """Type, time stamp and size of an item, never its content."""
    if item is None:
        return "nothing"
    parts = [type(item).__name__]
    pts = getattr(item, "pts", None)
    if pts is not None:
        parts.append(f"pts={pts}")
    turn = getattr(item, "turn", None)
    if turn is not None:
        parts.append(f"turn={turn}")
    if isinstance(item, Sized):
        parts.append(f"size={len(item)}")
    return " ".join(parts)


def describe_error(error: BaseException, *, content: bool = False) -> tuple[str, str]:
    """The type of an exception, groups opened, and the line that raised it.

    `content`: with its message too, which may quote what people said.
    """
    inner = lone(error)
    frames = traceback.extract_tb(inner.__traceback__)
    where = f"{frames[-1].filename}:{frames[-1].lineno} in {frames[-1].name}" if frames else "?"
    kind = type(inner).__name__
    if isinstance(inner, BaseExceptionGroup):
        members = cast("BaseExceptionGroup[BaseException]", inner).exceptions
        kind += " of " + ", ".join(type(member).__name__ for member in members)
    for cause in _causes(cast("BaseException", inner)):
        kind += f", caused by {type(cause).__name__}"
    return (f"{kind}: {inner}" if content else kind), where


def report_without_links(
    path: str, life: int, began: float, error: Exception, *, left: int, decision: str
) -> CrashReport:
    """The report of what has no links of its own: a group, or a child of an actor."""
    kind, where = describe_error(error)
    uptime = trio.current_time() - began
    return CrashReport(path, life, uptime, kind, where, "nothing", (), 0, left, decision)


def _causes(error: BaseException) -> Iterator[BaseException]:
    while (cause := error.__cause__) is not None:
        error = lone(cause)
        yield error
