"""`python -m benchmarks.calls`: echo calls beside plain aiortc and Pipecat, interleaved.

The far side runs in a process of its own, so what it costs is nobody's. Rows are ratios where a
peer stands beside us. Pipecat runs in its own environment where CALLBOARD_BENCH_PYTHON names
one's interpreter; without it its rows are left out.

    python -m benchmarks.calls [--calls 1,5,10] [--seconds 8] [--rounds 2]
        [--only cpu,example,stall,loss,words,hog,camera,long]

`long` is five minutes of a call, and only run when it is asked for.
"""

from __future__ import annotations

import argparse
import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Iterator
from statistics import median

from rich.console import Console

from benchmarks.calls import words
from benchmarks.calls.measure import (
    AIORTC,
    EXAMPLE,
    HOGGED,
    OURS,
    UVLOOP,
    Contender,
    Result,
    camera,
    long_call,
    pipecat,
    run,
    stalls,
)
from benchmarks.media.table import Row, add, table

LOSSY = {"loss": 0.05, "burst": 3.0, "delay": 0.04, "jitter": 0.01}
STALLS = 10
LONG = 300.0
PARTS = ("cpu", "example", "stall", "loss", "words", "hog", "camera")


def main() -> int:
    options = _options()
    contenders = [OURS, AIORTC, *_uvloop(), *_pipecat()]
    rows: list[Row] = []
    grid = table("Echo calls: far side in another process, loopback")
    if "cpu" in options.only:
        rows += _cost(contenders, options.calls, options.seconds, options.rounds)
    if "example" in options.only:
        rows += _example(options.seconds, options.rounds)
    if "stall" in options.only:
        rows += _stalls([each for each in contenders if each is not UVLOOP])
    if "loss" in options.only:
        rows += _loss([each for each in contenders if each is not UVLOOP])
    if "words" in options.only:
        _tell("callboard, words over a bad network, in virtual time")
        rows += words.rows()
    if "hog" in options.only:
        rows += _hogged()
    if "camera" in options.only:
        rows += _camera()
    if "long" in options.only:
        rows += _long()
    for row in rows:
        add(grid, row)
    console = Console()
    # A row a line, also where there is no terminal to ask for its width.
    (console if console.is_terminal else Console(width=150)).print(grid)
    return 1 if any(row.holds is False for row in rows) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.calls")
    parser.add_argument("--calls", type=_numbers, default=[1, 5, 10])
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(PARTS))
    return parser.parse_args()


def _numbers(text: str) -> list[int]:
    return [int(each) for each in text.split(",")]


def _pipecat() -> Iterator[Contender]:
    contender = pipecat()
    code = "import pipecat.transports.smallwebrtc.transport"
    found = shutil.which(contender.python) is not None
    asked = [contender.python, "-c", code]
    if not found or subprocess.run(asked, capture_output=True, check=False).returncode:
        print("Pipecat is not installed here: its rows are left out.", file=sys.stderr)
        return
    yield contender


def _uvloop() -> Iterator[Contender]:
    if importlib.util.find_spec("uvloop") is None:
        print("uvloop is not installed here: its rows are left out.", file=sys.stderr)
        return
    yield UVLOOP


def _cost(
    contenders: list[Contender], counts: list[int], seconds: float, rounds: int
) -> Iterator[Row]:
    memory: dict[str, dict[int, float]] = {}
    for count in counts:
        results: dict[str, list[Result]] = {each.name: [] for each in contenders}
        for _ in range(rounds):
            for each in contenders:
                _tell(f"{each.name}, {count} call(s)")
                results[each.name].append(run(each, count, seconds))
        ours = results[OURS.name]
        for name, taken in results.items():
            memory.setdefault(name, {})[count] = min(each.memory for each in taken)
            if name == OURS.name:
                continue
            if name == UVLOOP.name:
                yield _uvloop_row(count, ours, taken)
                continue
            yield Row(
                f"CPU a call, {count} at once",
                100 * median(each.cpu for each in ours) / count,
                "%",
                name,
                100 * median(each.cpu for each in taken) / count,
                0.45 if name == AIORTC.name else 0.35,
                ratio=True,
            )
            yield Row(
                f"round trip of a chirp, {count} at once",
                1000 * median(each.round_trip for each in ours),
                "ms",
                name,
                1000 * median(each.round_trip for each in taken),
                0.7,
                ratio=True,
            )
        pace = 0.99 if count <= 10 else 0.95
        yield Row(
            f"outgoing pace, p{100 * pace:.0f} of |interval - 20 ms|, {count} at once",
            1000 * median(each.pace(pace) for each in ours),
            "ms",
            AIORTC.name,
            1000 * median(each.pace(pace) for each in results[AIORTC.name]),
            3 if count <= 10 else 8,
        )
        yield Row("median round trip", 1000 * median(r.round_trip for r in ours), "ms", limit=60)
    few, many = min(counts), max(counts)
    if many > few:
        for name, taken in memory.items():
            megabytes = (taken[many] - taken[few]) / (many - few) / 2**20
            limit = 3 if name == OURS.name else None
            yield Row(f"memory a call more, {name}", megabytes, "MB", limit=limit)


def _uvloop_row(count: int, plain: list[Result], fast: list[Result]) -> Row:
    """What the extra `fast` is worth: the two ways of ours beside one another."""
    ours, its = (100 * median(each.cpu for each in taken) / count for taken in (fast, plain))
    what = f"CPU a call, {count} at once, on uvloop"
    return Row(what, ours, "%", "on asyncio's loop", its, ratio=True)


def _example(seconds: float, rounds: int) -> Iterator[Row]:
    """The agent that people read first, through virtual devices, beside aiortc."""
    ours: list[Result] = []
    theirs: list[Result] = []
    for _ in range(rounds):
        for contender, results in ((EXAMPLE, ours), (AIORTC, theirs)):
            _tell(contender.name)
            results.append(run(contender, 1, seconds))
    trip = 1000 * median(each.round_trip for each in ours)
    peer = 1000 * median(each.round_trip for each in theirs)
    what = "round trip through examples/agents/echo.py"
    yield Row(what, trip, "ms", AIORTC.name, peer, 0.7, ratio=True)
    yield Row(f"{what}, median", trip, "ms", limit=60)


def _stalls(contenders: list[Contender]) -> Iterator[Row]:
    for each in contenders:
        _tell(f"{each.name}, {STALLS} stalls of 1 s")
        taken = stalls(each, STALLS)
        own = each is OURS
        yield Row(
            f"{each.name}: round trip 1 s after a SIGSTOP of 1 s, less before (worst of {STALLS})",
            1000 * (max(taken["recovered"]) - taken["before"]),
            "ms",
            limit=20 if own else None,
        )
        yield Row(
            f"{each.name}: round trip after {STALLS} stalls, less before",
            1000 * (taken["after"] - taken["before"]),
            "ms",
            limit=20 if own else None,
        )


def _loss(contenders: list[Contender]) -> Iterator[Row]:
    way = LOSSY["delay"] + LOSSY["jitter"] / 2
    for each in contenders:
        _tell(f"{each.name}, 5 % loss in bursts of 3, 40 ms, 10 ms jitter")
        clean, lossy = run(each, 1, 6), run(each, 1, 20, **LOSSY)
        own = each is OURS
        yield Row(
            f"{each.name}: slots of 20 ms filled at 5 % loss",
            100 * lossy.slots,
            "%",
            limit=99.5 if own else None,
            at_least=True,
        )
        yield Row(
            f"{each.name}: round trip at 5 % loss, less the network's own",
            1000 * (lossy.round_trip - 2 * way),
            "ms",
            "clean",
            1000 * clean.round_trip,
        )


def _long() -> Iterator[Row]:
    _tell(f"callboard, {LONG / 60:g} minutes of a call")
    young, old, filled = long_call(OURS, LONG)
    what = f"{LONG / 60:g} minutes of a call"
    grown = (old.memory - young.memory) / 2**20
    yield Row(f"{what}: memory more than after 30 s", grown, "MB", limit=2)
    yield Row(f"{what}: threads more", old.threads - young.threads, "", limit=0)
    yield Row(f"{what}: files more", old.files - young.files, "", limit=0)
    yield Row(f"{what}: slots filled", 100 * filled, "%", limit=99.5, at_least=True)


def _hogged() -> Iterator[Row]:
    _tell("callboard, an actor hogs 100 ms each second")
    taken, what = run(HOGGED, 1, 15), "hogged 100 ms a second"
    yield Row(f"{what}: silent slots of queued speech", taken.silent, "", limit=0)
    yield Row(f"{what}: slots filled", 100 * taken.slots, "%", limit=99.5, at_least=True)
    yield Row(f"{what}: outgoing pace, p99", 1000 * taken.pace(0.99), "ms", limit=8)


def _camera() -> Iterator[Row]:
    _tell("callboard, a camera of 1280x720 at 30")
    cpu, rate = camera(10)
    yield Row("camera 1280x720 at 30, 1.5 Mbit/s: a core's share", cpu, "", limit=0.6)
    yield Row("camera 1280x720 at 30: pictures a second", rate, "", limit=29, at_least=True)


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
