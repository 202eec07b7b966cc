"""Time of a program's own: without what it had to wait for a processor that others used."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

PATIENCE = 60.0


class Stopwatch:
    """Measures how long a running process takes to its end, by its own doing.

    What its main thread was ready to run but was not let is left out: Linux tells it, in
    nanoseconds, as the second field of /proc/PID/schedstat. Elsewhere it is the plain time.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._waited = _waited(process.pid)
        self._began = time.monotonic()

    def wait_ended(self) -> float:
        """Wait until the process has ended; the seconds since this was made, less its waiting."""
        if _waited(self._process.pid) is None:
            self._process.wait(timeout=PATIENCE)
            return time.monotonic() - self._began
        # Not reaped yet, so its figures are still there.
        deadline = time.monotonic() + PATIENCE
        flags = os.WEXITED | os.WNOWAIT | os.WNOHANG
        while os.waitid(os.P_PID, self._process.pid, flags) is None:
            if time.monotonic() > deadline:
                raise TimeoutError(f"the process has not ended within {PATIENCE:g} s")
            time.sleep(0.005)
        took = time.monotonic() - self._began
        return took - ((_waited(self._process.pid) or 0.0) - (self._waited or 0.0))


def _waited(pid: int) -> float | None:
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    except OSError:
        return None
