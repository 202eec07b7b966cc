"""A call that is cancelled in the middle leaves no thread, no socket and no warning."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.real

SCRIPT = Path(__file__).with_name("cancelled_in_mid_call.py")


@pytest.mark.skipif(sys.platform != "linux", reason="It counts sockets in /proc.")
def test_nothing_is_left_and_nothing_is_complained_of():
    ran = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", str(SCRIPT)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ran.stdout, ran.stderr) == ("nothing is left\n", "")
    assert ran.returncode == 0
