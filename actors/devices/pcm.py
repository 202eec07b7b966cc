"""What people give a device as PCM."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from actors.errors import DeviceFormatError, FrameSizeError
from media import AudioFormat, FormatError, Samples

if TYPE_CHECKING:
    from typing_extensions import Buffer

Pcm: TypeAlias = "Buffer | Samples"
"""Interleaved 16-bit little-endian bytes, or int16 samples."""


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
