"""Print the table: `python -m benchmarks.daily`; a missed limit exits with 1.

CALLBOARD_DAILY names a Python that has daily-python: then its voice detector is measured too.
"""

import sys

from rich.console import Console

from benchmarks.daily.devices import rows as devices
from benchmarks.daily.vad import rows as vad
from benchmarks.media.table import add, table


def main() -> int:
    grid = table("Daily's API outside of a call")
    missed = False
    for row in (*devices(), *vad()):
        add(grid, row)
        missed |= row.holds is False
    Console(width=None if sys.stdout.isatty() else 140).print(grid)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
