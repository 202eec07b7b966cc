"""Long calls and many calls leave memory, threads and files as they were."""

import os
import subprocess
import sys
from pathlib import Path

import attrs
import pytest

HERE = Path(__file__).parent
IN_CI = os.environ.get("CALLBOARD_REQUIRE_REAL") == "1"

CYCLES = 200 if IN_CI else 40
MINUTES = 30 if IN_CI else 5
GROWTH = 2.0
"""Megabytes."""

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(sys.platform != "linux", reason="It reads /proc."),
]


@attrs.frozen
class Held:
    number: int
    megabytes: float
    threads: int
    files: int
    frames: int = 0


def held_by(script, count):
    """What a process of its own held after each round, by its own account."""
    ran = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", str(HERE / script), str(count)],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    lines = [line.split() for line in ran.stdout.splitlines()]
    return [
        Held(int(number), float(megabytes), *map(int, counts))
        for number, megabytes, *counts in lines
    ]


def test_connecting_and_closing_leaves_nothing():
    held = held_by("connects_and_closes.py", CYCLES)
    assert held[-1].number == CYCLES
    assert {(each.threads, each.files) for each in held} == {(2, held[0].files)}
    warm = held[1]
    assert held[-1].megabytes - warm.megabytes <= GROWTH


def test_a_long_call_holds_no_more_at_its_end_than_when_it_was_young():
    held = held_by("minutes_of_a_call.py", MINUTES)
    assert held[-1].number == MINUTES
    assert {(each.threads, each.files) for each in held} == {(1, held[0].files)}
    warm = held[1]
    assert held[-1].megabytes - warm.megabytes <= GROWTH
    # It was a call all the time: 50 frames a second at both ends, but for the first moments.
    assert held[-1].frames >= MINUTES * 60 * 50 - 25
