"""Samples to Opus."""

from __future__ import annotations

import ctypes
from typing import Final, Generic, Literal, TypeVar

import numpy as np

from media.audio_frame import Samples
from media.errors import FormatError
from media.opus.decoder import check_opus_format
from media.opus.library import Stream

Application = Literal["voip", "audio", "lowdelay"]
"""What the encoder favours: speech, fidelity, or 2.5 ms of look-ahead (without FEC)."""

Signal = Literal["auto", "voice", "music"]
"""What the samples hold: told by their sound, or known. Voice keeps in-band FEC at any bitrate."""

_APPLICATIONS: Final = {"voip": 2048, "audio": 2049, "lowdelay": 2051}
_SET_SIGNAL: Final = 4024
_GET_LOOKAHEAD: Final = 4027
_SIGNALS: Final = {"auto": -1000, "voice": 3001, "music": 3002}

_LARGEST_PACKET: Final = 1275 * 6 + 7
"""Bytes: six frames of the largest size with their lengths, 120 ms in all."""


Value = TypeVar("Value", int, bool)


class _Control(Generic[Value]):
    """A setting that libopus is told at once, by the number of its control."""

    def __init__(self, request: int, low: int, high: int) -> None:
        self._request: Final = request
        self._low: Final = low
        self._high: Final = high

    def __set_name__(self, owner: type[Stream], name: str) -> None:
        self._name = name

    def __get__(self, encoder: Stream, owner: type[Stream]) -> Value:
        return encoder.__dict__[self._name]

    def __set__(self, encoder: Stream, value: Value) -> None:
        if not self._low <= value <= self._high:
            raise FormatError(
                f"{self._name}={value!r} is out of range: it goes from {self._low} to {self._high}."
            )
        encoder.control(self._request, int(value))
        encoder.__dict__[self._name] = value


class OpusEncoder(Stream):
    """Encodes one stream of 16-bit samples.

    `bitrate` in bit/s, `complexity` 0-10 (at 16 kHz mono with FEC 66, 182 and 299 µs a frame for
    0, 5 and 10), `packet_loss` the expected loss in per cent, which decides how much FEC is worth.
    Every one of them can be set while encoding. Not for two threads at once.
    """

    bitrate = _Control[int](4002, 6000, 510_000)
    """Bit/s, 6000 to 510000."""
    complexity = _Control[int](4010, 0, 10)
    """0 (fast) to 10 (best)."""
    fec = _Control[bool](4012, 0, 1)
    """Whether a packet may carry its predecessor too, at a low rate."""
    packet_loss = _Control[int](4014, 0, 100)
    """The expected loss in per cent."""
    dtx = _Control[bool](4016, 0, 1)
    """Whether silence becomes packets of at most 2 bytes that need not be sent."""

    def __init__(
        self,
        sample_rate: int = 48000,
        channels: int = 1,
        *,
        bitrate: int = 32000,
        complexity: int = 5,
        fec: bool = True,
        dtx: bool = False,
        packet_loss: int = 5,
        application: Application = "voip",
        signal: Signal = "auto",
    ) -> None:
        check_opus_format(sample_rate, channels)
        for what, given, known in (
            ("application", application, _APPLICATIONS),
            ("signal", signal, _SIGNALS),
        ):
            if given not in known:
                raise FormatError(
                    f"The {what} {given!r} is unknown: use one of {', '.join(known)}."
                )
        super().__init__("encoder", channels, sample_rate, channels, _APPLICATIONS[application])
        self.sample_rate: Final = sample_rate
        self.channels: Final = channels
        self._input: Final = np.empty((sample_rate * 120 // 1000, channels), np.int16)
        self._pointer: Final = self._input.ctypes.data
        self._output: Final = ctypes.create_string_buffer(_LARGEST_PACKET)
        self._view: Final = memoryview(self._output)
        # 2.5, 5, 10, 20, 40, 60, 80, 100 and 120 ms.
        step = sample_rate // 400
        self._lengths = frozenset(step * n for n in (1, 2, 4, 8, 16, 24, 32, 40, 48))
        self.bitrate = bitrate
        self.complexity = complexity
        self.fec = fec
        self.dtx = dtx
        self.packet_loss = packet_loss
        if signal != "auto":
            self.control(_SET_SIGNAL, _SIGNALS[signal])

    def encode(self, samples: Samples) -> bytes:
        """Return the packet of int16 `[n, channels]`, n being 2.5, 5, 10, 20, 40 ... 120 ms.

        With DTX a packet of at most 2 bytes need not be sent. Raises `FormatError` for another
        length, type or channel count.
        """
        n = len(samples)
        if n not in self._lengths or samples.dtype != np.int16:
            raise FormatError(
                f"{n} samples of {samples.dtype} came; an Opus packet holds 2.5, 5, 10, 20, 40, "
                f"60, 80, 100 or 120 ms of int16 (20 ms are {self.sample_rate // 50} samples)."
            )
        if samples.shape != (n, self.channels):
            if samples.size != n or self.channels != 1:
                raise FormatError(
                    f"Samples of shape {samples.shape} came; it must be [{n}, {self.channels}]."
                )
            samples = samples.reshape(n, 1)
        np.copyto(self._input[:n], samples)
        size = self._opus.encode(self._alive(), self._pointer, n, self._output, _LARGEST_PACKET)
        if size < 0:
            raise self._error(size, f"did not encode {n} samples")
        return self._view[:size].tobytes()

    @property
    def lookahead(self) -> int:
        """Samples by which the encoder's output lags its input (RFC 7845's pre-skip)."""
        value = ctypes.c_int32()
        self.control(_GET_LOOKAHEAD, ctypes.byref(value))
        return value.value
