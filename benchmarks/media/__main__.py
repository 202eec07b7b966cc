"""Print the tables: `python -m benchmarks.media [MODULE...]`; a missed limit exits with 1."""

import sys

from benchmarks.media.printing import print_tables

MODULES = ("frames", "color", "resample", "errors", "mix", "opus", "jitter", "speech")

if __name__ == "__main__":
    sys.exit(print_tables("benchmarks.media", sys.argv[1:] or MODULES))
