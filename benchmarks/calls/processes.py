"""The processes of a measurement: who they are, how they are asked."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


class Process:
    """A Python module that answers questions, one JSON object a line."""

    def __init__(self, module: str, python: str = sys.executable, *arguments: str) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
        self._process = subprocess.Popen(
            [python, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if os.environ.get("CALLBOARD_BENCH_DEBUG") else subprocess.DEVNULL,
            cwd=ROOT,
            env=environment,
            text=True,
        )

    def ask(self, ask: str, **question: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"ask": ask, **question}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._process.args} ended with {self._process.wait()}")
        return json.loads(line)

    @property
    def number(self) -> int:
        """The system's number of it."""
        return self._process.pid

    def stop(self) -> None:
        """Let it stand still, as a debugger or a busy machine does."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def end(self) -> None:
        with suppress(RuntimeError, BrokenPipeError):
            self.ask("close")
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


@contextmanager
def calls(
    contender: Process, count: int, *, video: bool = False, **network: float
) -> Generator[Process]:
    """The far side, with `count` calls to `contender`; the contender lives on."""
    far = Process("benchmarks.calls.far_side")
    try:
        for _ in range(count):
            offer = far.ask("offer", network=network, video=video)["sdp"]
            far.ask("answer", sdp=contender.ask("call", sdp=offer)["sdp"])
        yield far
    finally:
        far.end()
