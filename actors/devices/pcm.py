"""PCM that people give to devices: checked, and queued."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np

from actors.errors import DeviceFormatError, FrameSizeError
from media import AudioFormat, FormatError, Samples

if TYPE_CHECKING:
    from typing_extensions import Buffer


Pcm: TypeAlias = "Buffer | Samples"
"""Interleaved 16-bit little-endian bytes, or int16 samples."""


class HasFormat(Protocol):
    """An actor with a rate and a number of channels of its own."""

    @property
    def sample_rate(self) -> int: ...

    @property
    def channels(self) -> int: ...


def own_format(actor: HasFormat) -> AudioFormat:
    """The format of what an actor gives; raise `FormatError` for one that there is not."""
    return AudioFormat(actor.sample_rate, actor.channels)


def check_format(actor: HasFormat, _: object, __: object) -> None:
    """Validate an attrs field: raise `FormatError` for a format that there is not."""
    own_format(actor)


def device_format(name: str, sample_rate: int, channels: int) -> AudioFormat:
    """The format of a device; raise `DeviceFormatError` for one that there is not."""
    try:
        return AudioFormat(sample_rate, channels)
    except FormatError as error:
        raise DeviceFormatError(f"The device {name!r} cannot be made. {error}") from None


def pcm_samples(name: str, pcm: Pcm, channels: int) -> Samples:
    """View PCM as int16 `[n, channels]`: any contiguous bytes-like object, or an int16 array.

    Bytes are interleaved 16-bit little-endian samples. Raises `FrameSizeError` when they are no
    whole number of samples of all channels, and `DeviceFormatError` for what is no PCM.
    """
    if isinstance(pcm, np.ndarray):
        return _of_array(name, pcm, channels)
    try:
        view = memoryview(pcm)
    except TypeError:
        raise DeviceFormatError(
            f"{name!r} was given {type(pcm).__name__}: give bytes, a bytearray, a memoryview or an "
            "int16 array."
        ) from None
    if not view.c_contiguous:
        raise FrameSizeError(f"{name!r} was given memory with gaps: give a contiguous buffer.")
    if view.nbytes % (2 * channels):
        raise FrameSizeError(
            f"{name!r} was given {view.nbytes} bytes, which is no whole number of 16-bit samples "
            f"of {channels} channel(s): give a multiple of {2 * channels}."
        )
    return np.frombuffer(view, np.dtype("<i2")).astype(np.int16, copy=False).reshape(-1, channels)


def _of_array(name: str, pcm: Samples, channels: int) -> Samples:
    if pcm.dtype != np.int16:
        raise DeviceFormatError(
            f"{name!r} was given an array of {pcm.dtype}: give int16 (for floats in ±1: "
            "(x * 32767).astype(numpy.int16))."
        )
    if pcm.ndim == 1 and pcm.size % channels == 0:
        return pcm.reshape(-1, channels)
    if pcm.ndim != 2 or pcm.shape[1] != channels:
        raise FrameSizeError(
            f"{name!r} was given an array of the shape {pcm.shape}: give [n, {channels}], or "
            f"interleaved samples of {channels} channel(s) in one dimension."
        )
    return pcm


class PcmQueue:
    """A queue of int16 `[n, channels]` in pieces of any length, each of a turn or of none."""

    def __init__(self, channels: int) -> None:
        self.frames = 0
        """Samples per channel that are queued."""
        self._channels = channels
        self._pieces: deque[tuple[Samples, int | None]] = deque()

    def push(self, samples: Samples, turn: int | None = None) -> None:
        """Queue a piece; it is kept as it is, not copied."""
        if len(samples):
            self._pieces.append((samples, turn))
            self.frames += len(samples)

    def take(self, frames: int) -> Samples:
        """Return the oldest samples, at most so many."""
        parts: list[Samples] = []
        missing = min(frames, self.frames)
        self.frames -= missing
        while missing:
            samples, turn = self._pieces.popleft()
            if len(samples) > missing:
                self._pieces.appendleft((samples[missing:], turn))
                samples = samples[:missing]
            parts.append(samples)
            missing -= len(samples)
        if len(parts) == 1:
            return parts[0]
        return np.concatenate(parts) if parts else np.zeros((0, self._channels), np.int16)

    def drop_turns(self, turn: int) -> int:
        """Drop what belongs to this turn and older ones; return how many samples that were."""
        kept = [piece for piece in self._pieces if piece[1] is None or piece[1] > turn]
        before, self.frames = self.frames, sum(len(samples) for samples, _ in kept)
        self._pieces = deque(kept)
        return before - self.frames

    def clear(self) -> int:
        """Drop everything; return how many samples that were."""
        dropped, self.frames = self.frames, 0
        self._pieces.clear()
        return dropped
