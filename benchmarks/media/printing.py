"""Print a package's tables: one a module, of the rows that its `rows()` gives."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Sequence

from rich.console import Console

from benchmarks.media.table import Row, add, table


def print_tables(package: str, modules: Sequence[str]) -> int:
    """The tables of these modules; 1 when a limit was missed."""
    console = Console(width=None if sys.stdout.isatty() else 140)
    missed: list[Row] = []
    for name in modules:
        full = f"{package}.{name}"
        if importlib.util.find_spec(full) is None:
            console.print(f"{full}: there is no such module.")
            continue
        module = importlib.import_module(full)
        grid = table((module.__doc__ or name).splitlines()[0])
        with console.status(name):
            for row in module.rows():
                add(grid, row)
                if row.holds is False:
                    missed.append(row)
        console.print(grid)
    for row in missed:
        console.print(f"missed: {row.what}", style="red")
    return 1 if missed else 0
