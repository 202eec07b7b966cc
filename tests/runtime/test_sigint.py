"""Ctrl-C at a random moment of a running graph stops everything in order within 2 s."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from processor_time import Stopwatch

MOMENTS = int(os.environ.get("CALLBOARD_SIGINT_MOMENTS", "8"))
"""How many: CI sets 100."""

PROGRAM = Path(__file__).with_name("call_for_sigint.py")


pytestmark = pytest.mark.real


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for another process")
@pytest.mark.parametrize("moment", range(MOMENTS))
def test_ctrl_c_stops_everything_in_order_and_leaves_nothing(moment: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-W", "error", str(PROGRAM)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            assert process.stdout.readline() == "running\n"
            time.sleep(random.Random(moment).uniform(0, 0.1))
            stopwatch = Stopwatch(process)
            process.send_signal(signal.SIGINT)
            told = process.stdout.readline()
            assert stopwatch.wait_ended() < 2.0
            assert process.wait() == 130
            assert process.stderr.read() == ""
        finally:
            process.kill()
    end = json.loads(told)
    assert end["closed"]
    assert end["threads"] == ["MainThread"]
    # In the order of the flow, and each by itself: none was cancelled.
    assert end["stopped"] == [[path, "finished"] for path in ("source", "busy", "listener")]
