"""One row a claim: ours, the peer's, the limit."""

from __future__ import annotations

import attrs
from rich.table import Table


@attrs.frozen
class Row:
    """A measurement. `limit` is for ours, or with `ratio` for ours / theirs."""

    what: str
    ours: float
    unit: str
    peer: str = ""
    theirs: float | None = None
    limit: float | None = None
    ratio: bool = False
    at_least: bool = False

    @property
    def judged(self) -> float:
        if self.ratio:
            assert self.theirs, "a ratio needs a peer"
            return self.ours / self.theirs
        return self.ours

    @property
    def holds(self) -> bool | None:
        if self.limit is None:
            return None
        return self.judged >= self.limit if self.at_least else self.judged <= self.limit


def number(value: float) -> str:
    if value == 0:
        return "0"
    size = abs(value)
    return f"{value:.0f}" if size >= 100 else f"{value:.1f}" if size >= 10 else f"{value:.2g}"


def table(title: str) -> Table:
    grid = Table(title=title, title_justify="left")
    for heading in ("what", "ours", "peer", "its", "ratio", "limit", ""):
        grid.add_column(heading, justify="left" if heading in ("what", "peer") else "right")
    return grid


def add(grid: Table, row: Row) -> None:
    theirs = "" if row.theirs is None else f"{number(row.theirs)} {row.unit}"
    ratio = f"{row.ours / row.theirs:.2f}" if row.theirs else ""
    sign = "≥" if row.at_least else "≤"
    limit = "" if row.limit is None else f"{sign} {row.limit:g}{' of it' if row.ratio else ''}"
    verdict = {None: "", True: "holds", False: "MISSED"}[row.holds]
    grid.add_row(
        row.what, f"{number(row.ours)} {row.unit}", row.peer, theirs, ratio, limit, verdict
    )
