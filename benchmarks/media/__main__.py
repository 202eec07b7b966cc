"""Print the tables: `python -m benchmarks.media [MODULE...]`; a missed limit exits with 1."""

from __future__ import annotations

import importlib
import importlib.util
import sys

from rich.console import Console

from benchmarks.media.table import Row, add, table

MODULES = ("frames", "color", "resample", "errors", "mix", "opus", "jitter", "speech")


def main(names: list[str]) -> int:
    console = Console(width=None if sys.stdout.isatty() else 140)
    missed: list[Row] = []
    for name in names or MODULES:
        full = f"benchmarks.media.{name}"
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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
