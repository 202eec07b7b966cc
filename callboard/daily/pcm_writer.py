"""Writing audio from any thread: to a virtual microphone or a source of a custom track."""

from __future__ import annotations

import concurrent.futures
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING

from actors.devices import MicrophoneDevice
from callboard.daily.checks import pcm_of
from callboard.daily.context import Context
from callboard.daily.playing import Playing, Write
from media import AudioFrame

if TYPE_CHECKING:
    from typing_extensions import Buffer


class PcmWriter:
    """One device's writes, blocking and not.

    Raises `DeinitializedError` after `Daily.deinit()` and in a forked child.
    """

    def __init__(self, context: Context, device: MicrophoneDevice) -> None:
        self.context = context
        self.device = device
        self._playing = Playing(device, device.sample_rate, device.channels)
        context.background.spawn(self._playing.run)

    @property
    def name(self) -> str:
        """The device's name."""
        return self.device.name

    def listen(self, listener: Callable[[int, AudioFrame], None]) -> Callable[[], None]:
        """Give `listener(source, frame)` what is played, in Trio; call the result to end it."""
        device = self.device

        def hear(pcm: bytes) -> None:
            frame = AudioFrame.from_bytes(pcm, device.sample_rate, device.channels)
            listener(id(device), frame)

        self._playing.listeners.append(hear)
        return lambda: self._playing.listeners.remove(hear)

    def close_with(self, owner: object, also: Callable[[], object]) -> None:
        """Close the device, once all is played, when `owner` has been deleted."""
        playing, context = self._playing, self.context

        def close() -> None:
            also()
            playing.close_when_done()

        weakref.finalize(owner, context.forget, close).atexit = False

    def write(self, frames: Buffer) -> int:
        """Wait until `frames` are played; how many were. Ctrl-C leaves the rest out."""
        result: concurrent.futures.Future[int] = concurrent.futures.Future()
        write = self._put(frames, result.set_result)
        if write is None:
            return 0
        try:
            return result.result()
        except BaseException:
            self.context.forget(lambda: self._playing.cancel(write))
            raise

    def write_soon(self, frames: Buffer, completion: Callable[[int], object] | None) -> None:
        """Queue `frames` and return; `completion` is called once with how many were played."""
        tell = completion or _nothing

        def done(played: int) -> None:
            self.context.callbacks.call(lambda: tell(played))

        if self._put(frames, done) is None:
            done(0)

    def _put(self, frames: Buffer, done: Callable[[int], object]) -> Write | None:
        self.context.check()
        pcm = pcm_of(frames, self.device.channels)
        if self.context.options.strict and self.device.state != "running":
            return None
        write = Write(pcm, len(pcm) // (2 * self.device.channels), done)
        self._playing.admit(write.frames)
        self.context.background.post(lambda: self._playing.put(write))
        return write


def _nothing(played: int) -> None:
    """Nobody asked to be told."""
