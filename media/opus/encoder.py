"""Samples to Opus."""

from __future__ import annotations

import ctypes
from typing import Final, Literal

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
_SET_BITRATE: Final = 4002
_SET_COMPLEXITY: Final = 4010
_SET_FEC: Final = 4012
_SET_LOSS: Final = 4014
_SET_DTX: Final = 4016
_SET_SIGNAL: Final = 4024
_GET_LOOKAHEAD: Final = 4027
_SIGNALS: Final = {"auto": -1000, "voice": 3001, "music": 3002}

_LARGEST_PACKET: Final = 1275 * 6 + 7
"""Bytes: six frames of the largest size with their lengths, 120 ms in all."""


class OpusEncoder(Stream):
    """Encodes one stream of 16-bit samples.

    `bitrate` in bit/s, `complexity` 0-10 (at 16 kHz mono with FEC 66, 182 and 299 µs a frame for
    0, 5 and 10), `packet_loss` the expected loss in per cent, which decides how much FEC is worth.
    Every one of them can be set while encoding. Not for two threads at once.
    """

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
        if application not in _APPLICATIONS:
            known = ", ".join(_APPLICATIONS)
            raise FormatError(f"The application {application!r} is unknown: use one of {known}.")
        if signal not in _SIGNALS:
            known = ", ".join(_SIGNALS)
            raise FormatError(f"The signal {signal!r} is unknown: use one of {known}.")
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
            self._control(_SET_SIGNAL, _SIGNALS[signal])

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
    def bitrate(self) -> int:
        """Bit/s, 6000 to 510000."""
        return self._bitrate

    @bitrate.setter
    def bitrate(self, value: int) -> None:
        self._set(_SET_BITRATE, "bitrate", value, 6000, 510000)
        self._bitrate = value

    @property
    def complexity(self) -> int:
        """0 (fast) to 10 (best)."""
        return self._complexity

    @complexity.setter
    def complexity(self, value: int) -> None:
        self._set(_SET_COMPLEXITY, "complexity", value, 0, 10)
        self._complexity = value

    @property
    def fec(self) -> bool:
        """Whether a packet may carry its predecessor too, at a low rate."""
        return self._fec

    @fec.setter
    def fec(self, value: bool) -> None:
        self._set(_SET_FEC, "fec", int(value), 0, 1)
        self._fec = value

    @property
    def dtx(self) -> bool:
        """Whether silence becomes packets of at most 2 bytes that need not be sent."""
        return self._dtx

    @dtx.setter
    def dtx(self, value: bool) -> None:
        self._set(_SET_DTX, "dtx", int(value), 0, 1)
        self._dtx = value

    @property
    def packet_loss(self) -> int:
        return self._packet_loss

    @packet_loss.setter
    def packet_loss(self, value: int) -> None:
        self._set(_SET_LOSS, "packet_loss", value, 0, 100)
        self._packet_loss = value

    @property
    def lookahead(self) -> int:
        """Samples by which the encoder's output lags its input (RFC 7845's pre-skip)."""
        value = ctypes.c_int32()
        self._control(_GET_LOOKAHEAD, ctypes.byref(value))
        return value.value

    def _set(self, request: int, name: str, value: int, low: int, high: int) -> None:
        if not low <= value <= high:
            raise FormatError(f"{name}={value!r} is out of range: it goes from {low} to {high}.")
        self._control(request, value)
