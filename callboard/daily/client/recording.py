"""One recording or live stream: the sound of the call, everybody and ourselves, mixed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

import numpy as np
import trio

from actors.devices import SpeakerDevice
from callboard.daily.client.tap import Tap
from media import Samples
from media.mix import mix

SAMPLE_RATE: Final = 48_000
PATIENCE_SECONDS: Final = 5.0
PART: Final = 4_800
"""Samples a part: a tenth of a second."""


class Writer(Protocol):
    """A file or a server that takes sound; it blocks, so it is used in a thread."""

    def write(self, samples: Samples, /) -> None:
        """Append int16 `[n, 1]`."""
        ...

    def close(self) -> None:
        """Complete what was written."""
        ...


class Recording:
    """Mixes what the call gives and what we say, and writes it until it is stopped.

    Args:
        heard: a device of 48 kHz mono that is attached to the call.
        own: what we say, in the same format.
        part: samples that are written at once.
        before: called before each part is written, in Trio.
    """

    def __init__(
        self,
        identifier: str,
        open_writer: Callable[[], Writer],
        heard: SpeakerDevice,
        own: Tap,
        *,
        part: int = PART,
        before: Callable[[], None] = lambda: None,
    ) -> None:
        self.identifier = identifier
        self._open_writer = open_writer
        self._heard = heard
        self._own = own
        self._part = part
        self._before = before
        self.begun = False
        """Whether the writer could be opened."""
        self.failure: str | None = None
        """Why it broke off, a sentence."""
        self._written = False
        self._stop = trio.CancelScope()
        self._ended = trio.Event()

    async def run(self, *, task_status: trio.TaskStatus[None]) -> None:
        """Write until stopped or cancelled; what was written is complete either way.

        Raises what the writer raises.
        """
        writer = await trio.to_thread.run_sync(self._open_writer)
        try:
            self.begun = True
            task_status.started()
            with self._stop:
                while True:
                    await self._write_part(writer)
        finally:
            rest = self._rest()
            await _finish(lambda: _complete(writer, rest))
            self._ended.set()

    async def stop(self) -> None:
        """End, and wait until all is written."""
        self._stop.cancel()
        await self._ended.wait()

    def _rest(self) -> Samples | None:
        """What has come since the last part; a file without any sound could not be read."""
        pcm = b"" if self._heard.state == "closed" else self._heard.read_nowait(self._part)
        heard = np.frombuffer(pcm, "<i2").astype(np.int16).reshape(-1, 1)
        if len(heard):
            return mix([heard, self._own.take(len(heard))])
        return None if self._written else np.zeros((self._part, 1), np.int16)

    async def _write_part(self, writer: Writer) -> None:
        pcm = await self._heard.read(self._part)
        heard = np.frombuffer(pcm, "<i2").astype(np.int16).reshape(-1, 1)
        samples = mix([heard, self._own.take(self._part)])
        self._written = True
        self._before()
        await _finish(lambda: writer.write(samples))


def _complete(writer: Writer, rest: Samples | None) -> None:
    try:
        if rest is not None:
            writer.write(rest)
    finally:
        writer.close()


async def _finish(work: Callable[[], object]) -> None:
    """Do in a thread what must not be left half done, unless it hangs: a server may."""
    with trio.move_on_after(PATIENCE_SECONDS, shield=True) as patience:
        await trio.to_thread.run_sync(work, abandon_on_cancel=True)
    if patience.cancelled_caught:
        raise TimeoutError(f"nothing could be written for {PATIENCE_SECONDS:g} s")
