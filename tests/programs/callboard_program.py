"""The command line as people run it: a process with arguments, two streams and an exit code."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import attrs
import trio
from processor_time import Stopwatch

from actors.call.address import MeetingAddress
from actors.call.signalling import open_socket

PROGRAM = (sys.executable, "-X", "dev", "-W", "error", "-m", "callboard.cli")
"""With warnings as errors, so that a socket left open is seen."""

STARTS_WITHIN = 30.0
"""Seconds that a loaded machine may take."""


BUSY = re.compile(r"^.*(?: loop\.stalled |asyncio: Executing ).*\n", re.MULTILINE)
"""What a program is told on a machine that is busy with other things."""


@attrs.frozen
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def complaints(self) -> str:
        """Standard error, but for what a busy machine brings about."""
        return BUSY.sub("", self.err)


def callboard(
    *args: object,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float = 60.0,
) -> Done:
    """Runs a command to its end."""
    done = subprocess.run(
        [*PROGRAM, *map(str, args)],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


@attrs.define
class Running:
    """A command that goes on; `first_line` is what it printed on standard output."""

    process: subprocess.Popen[str]
    first_line: str
    log: Path
    seconds_to_line: float
    rest: str = ""
    seconds_to_end: float | None = None

    @property
    def url(self) -> str:
        return self.first_line

    @property
    def err(self) -> str:
        """Standard error so far."""
        return self.log.read_text(encoding="utf-8")

    @property
    def complaints(self) -> str:
        """Standard error so far, but for what a busy machine brings about."""
        return BUSY.sub("", self.err)

    @property
    def ended_promptly(self) -> bool:
        """Within 2 s of its own time: a machine that is busy with other things takes longer."""
        assert self.seconds_to_end is not None
        return self.seconds_to_end < 2.0

    def interrupt(self) -> int:
        """Ctrl-C; returns the exit code."""
        return self.end(signal.SIGINT)

    def end(self, how: signal.Signals) -> int:
        stopwatch = Stopwatch(self.process)
        self.process.send_signal(how)
        assert self.process.stdout is not None
        self.seconds_to_end = stopwatch.wait_ended()
        code = self.process.wait()
        self.rest = self.process.stdout.read()
        return code


@contextmanager
def running(
    *args: object,
    log: Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    prints: bool = True,
) -> Generator[Running]:
    """Starts a command, waits for its first line where it `prints` one, and ends it in the end."""
    began = time.monotonic()
    with log.open("w", encoding="utf-8") as err:
        process = subprocess.Popen(
            [*PROGRAM, *map(str, args)],
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdout=subprocess.PIPE,
            stderr=err,
            text=True,
        )
    assert process.stdout is not None
    try:
        line = process.stdout.readline().strip() if prints else ""
        took = time.monotonic() - began
        if prints and not line:
            raise AssertionError(f"{args} printed nothing: {log.read_text(encoding='utf-8')}")
        yield Running(process, line, log, took)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        process.stdout.close()


def somebody_comes(talk: Running, *, until: str, times: int = 1) -> str:
    """Standard error of a `callboard talk`, once it has said `until`, with a person in the room."""

    async def main() -> None:
        address = MeetingAddress.parse(f"http://127.0.0.1:{talk.url.rpartition(':')[2]}")
        with trio.fail_after(20):
            async with open_socket(address) as socket:
                await socket.send_message(json.dumps({"type": "join", "name": "Ada"}))
                while talk.err.count(until) < times:  # noqa: ASYNC110  (another process writes it)
                    await trio.sleep(0.05)

    trio.run(main)
    return talk.err
