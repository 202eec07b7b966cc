"""Print the tables: `python -m benchmarks.devices [MODULE...]`; a missed limit exits with 1."""

import sys

from benchmarks.media.printing import print_tables

MODULES = ("pacing", "idle", "crowd", "latency")

if __name__ == "__main__":
    sys.exit(print_tables("benchmarks.devices", sys.argv[1:] or MODULES))
