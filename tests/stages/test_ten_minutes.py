"""Ten minutes of conversation are the same bytes on every run, in every process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.real

ROOT = Path(__file__).resolve().parents[2]


def ten_minutes(hash_seed: str) -> bytes:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "benchmarks.hop.conversation"],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        stdout=subprocess.PIPE,
        check=True,
        timeout=300,
    )
    return done.stdout


def test_ten_minutes_are_the_same_bytes_in_every_process() -> None:
    first = ten_minutes("1")
    assert first == ten_minutes("2")
    lines = first.decode().splitlines()
    assert sum(" Alice says " in line for line in lines) == 21
    assert sum(line.endswith("is interrupted") for line in lines) == 3
    # The last question, almost ten minutes in, is answered to the millisecond as the first is.
    answers = [line for line in lines if "Alice hears" in line]
    assert len(answers) == 21
