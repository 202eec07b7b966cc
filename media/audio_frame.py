"""One stretch of audio: 16-bit samples, their rate, and where they belong."""

from __future__ import annotations

from collections.abc import Sequence
from types import EllipsisType
from typing import TYPE_CHECKING, Final, Self

import numpy as np
from numpy.typing import NDArray

from media.errors import FormatError
from media.formats import SAMPLE_RATES, AudioFormat, check_channels, check_sample_rate

if TYPE_CHECKING:
    from typing_extensions import Buffer

Samples = NDArray[np.int16]
"""Signed 16-bit PCM, shape `[n, channels]`."""

_INT16: Final = np.dtype(np.int16)
_RATES: Final = frozenset(SAMPLE_RATES)


class AudioFrame:
    """Audio samples with their rate and, where known, their time, turn and speaker.

    The frame takes the array over: it is not copied, and it is made read-only. Raises
    `FormatError` for another type, shape, rate or channel count.

    Attributes:
        samples: int16, shape `[n, channels]`; shape `[n]` is taken as mono.
        sample_rate: Hz.
        pts: time of the first sample, counted in samples.
        turn: the turn of the conversation that the audio answers; None is live audio.
        source: the participant who made it.
    """

    __slots__ = ("pts", "sample_rate", "samples", "source", "turn")

    samples: Samples
    sample_rate: int
    pts: int
    turn: int | None
    source: str | None

    def __init__(
        self,
        samples: Samples,
        sample_rate: int,
        pts: int = 0,
        turn: int | None = None,
        source: str | None = None,
    ) -> None:
        # Frames are made 50 times a second for every stream at every stage, so the common case
        # is a few tests. NumPy hands out one shared dtype object for int16: identity decides.
        # Each comparison takes 4 ns, a look into a set 30.
        try:
            _, channels = samples.shape
        except ValueError:
            channels = 0
        if not (
            samples.dtype is _INT16
            and (
                sample_rate == 16000  # noqa: PLR1714
                or sample_rate == 48000
                or sample_rate == 24000
                or sample_rate in _RATES
            )
            and (channels == 1 or channels == 2)  # noqa: PLR1714
        ):
            samples = _checked(samples, sample_rate)
        # By position: NumPy takes 60 ns longer by keyword, its stub knows only the keyword.
        samples.setflags(False)  # pyright: ignore[reportCallIssue]
        self.samples = samples
        self.sample_rate = sample_rate
        self.pts = pts
        self.turn = turn
        self.source = source

    @classmethod
    def from_bytes(
        cls,
        data: Buffer,
        sample_rate: int,
        channels: int = 1,
        *,
        pts: int = 0,
        turn: int | None = None,
        source: str | None = None,
    ) -> Self:
        """View `data`, interleaved little-endian 16-bit PCM, as a frame, without a copy.

        Any contiguous bytes-like object will do. Raises `FormatError` when its length is not a
        whole number of samples.
        """
        check_channels(channels)
        view = memoryview(data)
        if view.nbytes % (2 * channels):
            raise FormatError(
                f"{view.nbytes} bytes are no whole number of 16-bit samples of {channels} "
                f"channel(s): give a multiple of {2 * channels} bytes."
            )
        samples = np.frombuffer(view, np.int16).reshape(-1, channels)
        return cls(samples, sample_rate, pts, turn, source)

    @classmethod
    def silence(
        cls,
        n: int,
        sample_rate: int,
        channels: int = 1,
        *,
        pts: int = 0,
        turn: int | None = None,
        source: str | None = None,
    ) -> Self:
        """Return `n` samples (per channel) of digital silence."""
        samples = np.zeros((n, check_channels(channels)), np.int16)
        return cls(samples, sample_rate, pts, turn, source)

    @property
    def channels(self) -> int:
        """1 or 2."""
        return self.samples.shape[1]

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.samples) / self.sample_rate

    @property
    def format(self) -> AudioFormat:
        """Rate and channels."""
        return AudioFormat(self.sample_rate, self.channels)

    def __len__(self) -> int:
        return len(self.samples)

    def __bool__(self) -> bool:
        return True

    def __getitem__(self, part: slice) -> AudioFrame:
        """Return samples `start:stop` as a view with its own `pts`."""
        start, _, step = part.indices(len(self.samples))
        if step != 1:
            raise FormatError(f"A frame is cut without a step: [{part.start}:{part.stop}:{step}].")
        return AudioFrame(
            self.samples[part], self.sample_rate, self.pts + start, self.turn, self.source
        )

    def to_bytes(self) -> bytes:
        """Return interleaved little-endian 16-bit PCM."""
        return self.samples.tobytes()

    def scaled(self, factor: float) -> AudioFrame:
        """Return the frame times `factor`, rounded and saturated."""
        loud = np.multiply(self.samples, np.float32(factor), dtype=np.float32)
        np.rint(loud, out=loud)
        np.clip(loud, -32768, 32767, out=loud)
        return self._with(loud.astype(np.int16))

    def mono(self) -> AudioFrame:
        """Return the mean of both channels; a mono frame is returned as it is."""
        if self.channels == 1:
            return self
        total = self.samples[:, 0].astype(np.int32) + self.samples[:, 1]
        return self._with((total >> 1).astype(np.int16)[:, None])

    def evolve(
        self,
        *,
        pts: int | EllipsisType = ...,
        turn: int | EllipsisType | None = ...,
        source: str | EllipsisType | None = ...,
    ) -> AudioFrame:
        """Return the same samples with another time, turn or source."""
        return AudioFrame(
            self.samples,
            self.sample_rate,
            self.pts if pts is ... else pts,
            self.turn if turn is ... else turn,
            self.source if source is ... else source,
        )

    def _with(self, samples: Samples) -> AudioFrame:
        return AudioFrame(samples, self.sample_rate, self.pts, self.turn, self.source)

    def __repr__(self) -> str:
        turn = "" if self.turn is None else f", turn={self.turn}"
        source = "" if self.source is None else f", source={self.source!r}"
        return (
            f"<AudioFrame {len(self)} samples at {self.sample_rate} Hz, {self.channels} ch, "
            f"pts={self.pts}{turn}{source}>"
        )


def concatenate(frames: Sequence[AudioFrame]) -> AudioFrame:
    """Join frames of one format; time, turn and source are the first frame's."""
    if not frames:
        raise FormatError("There is no frame to join: give one or more.")
    first = frames[0]
    for frame in frames:
        if frame.sample_rate != first.sample_rate or frame.channels != first.channels:
            raise FormatError(
                f"Frames of {first.format} and {frame.format} do not join: convert one first."
            )
    samples = np.concatenate([frame.samples for frame in frames])
    return AudioFrame(samples, first.sample_rate, first.pts, first.turn, first.source)


def _checked(samples: Samples, sample_rate: int) -> Samples:
    """Name what is wrong, or return one-dimensional samples as one channel."""
    check_sample_rate(sample_rate)
    if samples.dtype != _INT16:
        raise FormatError(
            f"Samples are {samples.dtype}; they must be int16 (for floats in ±1: "
            "(x * 32767).astype(numpy.int16))."
        )
    if samples.ndim == 1:
        samples.setflags(write=False)  # the given array too, not only the view of it
        samples = samples[:, None]
    if samples.ndim != 2:
        raise FormatError(f"Samples have the shape {samples.shape}; it must be [n, channels].")
    check_channels(samples.shape[1])
    return samples


def with_two_dimensions(samples: Samples, channels: int) -> Samples:
    """Return int16 `[n, channels]`, or `[n]` where mono, as `[n, channels]`, or raise."""
    found = samples.shape[1] if samples.ndim == 2 else 1 if samples.ndim == 1 else 0
    if samples.dtype != _INT16 or found != channels:
        raise FormatError(
            f"Samples of {samples.dtype} and shape {samples.shape} came; "
            f"they must be int16 [n, {channels}]."
        )
    return samples.reshape(-1, channels)
