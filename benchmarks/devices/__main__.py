"""Print the tables: `python -m benchmarks.devices [MODULE...]`; a missed limit exits with 1."""

import importlib
import sys

from rich.console import Console

from benchmarks.media.table import Row, add, table

MODULES = ("pacing", "idle", "crowd", "latency")


def main(names: list[str]) -> int:
    console = Console(width=None if sys.stdout.isatty() else 140)
    missed: list[Row] = []
    for name in names or MODULES:
        module = importlib.import_module(f"benchmarks.devices.{name}")
        grid = table((module.__doc__ or name).splitlines()[0])
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
