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
    """

    def __init__(
        self, identifier: str, open_writer: Callable[[], Writer], heard: SpeakerDevice, own: Tap
    ) -> None:
        self.identifier = identifier
        self._open_writer = open_writer
        self._heard = heard
        self._own = own
        self._stop = trio.CancelScope()
        self._ended = trio.Event()

    async def run(self, *, task_status: trio.TaskStatus[None]) -> None:
        """Write until stopped or cancelled; what was written is complete either way.

        Raises what the writer raises.
        """
        writer = await trio.to_thread.run_sync(self._open_writer)
        try:
            task_status.started()
            with self._stop:
                while True:
                    await self._write_part(writer)
        finally:
            with trio.CancelScope(shield=True):
                await trio.to_thread.run_sync(writer.close)
            self._ended.set()

    async def stop(self) -> None:
        """End, and wait until all is written."""
        self._stop.cancel()
        await self._ended.wait()

    async def _write_part(self, writer: Writer) -> None:
        pcm = await self._heard.read(PART)
        heard = np.frombuffer(pcm, "<i2").astype(np.int16).reshape(-1, 1)
        samples = mix([heard, self._own.take(PART)])
        with trio.CancelScope(shield=True):  # a part is written as a whole
            await trio.to_thread.run_sync(writer.write, samples)
