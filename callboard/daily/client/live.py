"""The sound of a call to an RTMP server: AAC in FLV, by PyAV."""

# PyAV's stubs leave the type parameter of Packet open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Callable

from callboard.daily.client.recording import SAMPLE_RATE, Writer
from callboard.daily.errors import NotSupportedError
from media import AudioFrame, Samples
from media.pyav import audio_to_pyav


class RtmpWriter:
    """An open stream to a server. It blocks."""

    def __init__(self, url: str, bitrate: int) -> None:
        import av  # noqa: PLC0415  (PyAV loads on use)
        from av.error import ProtocolNotFoundError  # noqa: PLC0415

        try:
            self._container = av.open(url, "w", format="flv")
        except ProtocolNotFoundError:
            raise NotSupportedError(
                "this build of PyAV has no RTMP: install its wheel from PyPI."
            ) from None
        self._stream = self._container.add_stream("aac", rate=SAMPLE_RATE, layout="mono")
        self._stream.codec_context.bit_rate = bitrate
        self._container.start_encoding()
        self._written = 0

    def write(self, samples: Samples) -> None:
        """Append int16 `[n, 1]` at 48 kHz."""
        frame = audio_to_pyav(AudioFrame(samples, SAMPLE_RATE, self._written))
        self._written += len(samples)
        self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        """Send what the encoder holds, and hang up."""
        try:
            self._container.mux(self._stream.encode(None))
        finally:
            self._container.close()


def rtmp_writer(url: str, bitrate: int) -> Callable[[], Writer]:
    """Opens a stream, in the thread that is to write."""
    return lambda: RtmpWriter(url, bitrate)


def unavailable() -> str | None:
    """Why there can be no live stream with this build of PyAV, or None."""
    import av  # noqa: PLC0415

    if "flv" in av.formats_available and "aac" in av.codecs_available:
        return None
    return "this build of PyAV cannot write FLV with AAC: install its wheel from PyPI."
