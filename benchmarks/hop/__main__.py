"""`python -m benchmarks.hop`: CPU a hop beside Trio's memory channel and Pipecat; memory; an
interrupt; ten minutes in virtual time.

All rows are ratios of figures that were taken in turns in one process, so what else the machine
does hits both sides alike. Pipecat runs in its own environment where CALLBOARD_BENCH_PYTHON names
one's interpreter, else in this one if it is installed.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from benchmarks.hop import actors, channels, conversation, idle, restart, walk

SHAPES = {
    "20 graphs x 10 actors, one frame in flight": (20, 10, 120, 1, 0.5),
    "1 graph x 10 actors, one frame in flight": (1, 10, 1500, 1, 0.6),
    "1 graph x 10 actors, 16 frames in flight": (1, 10, 150, 16, 0.3),
}
ROUNDS = 7


def main() -> int:
    table = Table("what", "ours", "peer", "ratio", "limit", "")
    held = True
    for name, (graphs, stages, rounds, frames, limit) in SHAPES.items():
        pairs = [
            (
                actors.microseconds(graphs, stages, rounds, frames),
                channels.microseconds(graphs, stages, rounds, frames),
            )
            for _ in range(ROUNDS)
        ]
        ratio = median(ours / theirs for ours, theirs in pairs)
        held &= ratio <= limit
        table.add_row(
            name,
            f"{median(p[0] for p in pairs):.2f} us",
            f"{median(p[1] for p in pairs):.2f} us (Trio channel)",
            *_verdict(ratio, limit),
        )
    graphs, stages, rounds, frames, _ = SHAPES["20 graphs x 10 actors, one frame in flight"]
    theirs = _pipecat(graphs, stages, rounds)
    if theirs is None:
        table.add_row("Pipecat's pass-through processors", "", "not installed: skipped", "", "", "")
    else:
        ours = actors.microseconds(graphs, stages, rounds, frames)
        held &= ours / theirs <= 0.2
        table.add_row(
            "20 x 10 beside Pipecat's pass-through processors",
            f"{ours:.2f} us",
            f"{theirs:.2f} us (Pipecat)",
            *_verdict(ours / theirs, 0.2),
        )
    kilobytes = idle.kilobytes()
    held &= kilobytes <= 80
    table.add_row("idle graph of 5 actors", f"{kilobytes:.1f} kB", "", *_verdict(kilobytes, 80))
    microseconds = walk.microseconds()
    held &= microseconds <= 100
    table.add_row(
        "interrupt over 10 full links", f"{microseconds:.1f} us", "", *_verdict(microseconds, 100)
    )
    away = restart.milliseconds()
    held &= away[-2] <= 10
    table.add_row(
        "crash to the next life at work, 39th of 40",
        f"{away[-2]:.2f} ms",
        "",
        *_verdict(away[-2], 10),
    )
    seconds = min(conversation.converse()[1] for _ in range(3))
    held &= seconds <= 5
    table.add_row(
        "10 minutes of conversation in virtual time, best of 3",
        f"{seconds:.2f} s",
        "",
        *_verdict(seconds, 5),
    )
    Console().print(table)
    return 0 if held else 1


def _verdict(value: float, limit: float) -> tuple[str, str, str]:
    return f"{value:.3g}", f"<= {limit:g}", "holds" if value <= limit else "MISSED"


def _pipecat(graphs: int, stages: int, rounds: int) -> float | None:
    python = os.environ.get("CALLBOARD_BENCH_PYTHON", sys.executable)
    script = Path(__file__).with_name("pipecat_chain.py")
    done = subprocess.run(
        [python, str(script), str(graphs), str(stages), str(rounds)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return None
    return float(json.loads(done.stdout.splitlines()[-1]))


if __name__ == "__main__":
    sys.exit(main())
