"""Files as sources: what a microphone says and a camera shows."""

from __future__ import annotations

import os

import attrs

from actors.devices.read_ahead import play_file
from media import AudioFormat, AudioFrame, ColorFormat, VideoFrame
from runtime import Actor, Context, Kind, Out


def _format(source: AudioFileSource) -> AudioFormat:
    return AudioFormat(source.sample_rate, source.channels)


@attrs.frozen
class AudioFileSource(Actor):
    """The sound of a file, in real time: `music.audio >> microphone.audio`.

    - `audio`: live frames of 20 ms, from any file that FFmpeg reads, at the wanted rate and
      channels. It ends with the file; with `loop` it starts over without a seam.

    Raises `NotAMediaFileError`, `FormatError`, `OSError` in `run`.
    """

    path: str | os.PathLike[str]
    sample_rate: int = 16_000
    channels: int = 1
    loop: bool = attrs.field(default=False, kw_only=True)

    audio = Out[AudioFrame](kind=Kind.SPEECH, format=_format)

    async def run(self, ctx: Context) -> None:
        """Play the file."""
        from media.files import AudioFile  # noqa: PLC0415  (PyAV loads on use)

        await play_file(
            ctx,
            lambda: AudioFile(self.path, self.sample_rate, self.channels, loop=self.loop),
            self.audio,
        )


@attrs.frozen
class VideoFileSource(Actor):
    """The pictures of a file, in real time: `film.video >> camera.video`.

    - `video`: pictures of `width` x `height` (the file's own size unless given) in
      `color_format`, each when it is due; those that come too late are left out. A still image is
      one picture. It ends with the file; with `loop` it starts over.

    Raises `NotAMediaFileError`, `FormatError`, `OSError` in `run`.
    """

    path: str | os.PathLike[str]
    width: int | None = None
    height: int | None = None
    color_format: ColorFormat = attrs.field(default="RGBA", kw_only=True)
    loop: bool = attrs.field(default=False, kw_only=True)

    video = Out[VideoFrame](kind=Kind.PICTURES)

    async def run(self, ctx: Context) -> None:
        """Show the file."""
        from media.files import VideoFile  # noqa: PLC0415  (PyAV loads on use)

        await play_file(
            ctx,
            lambda: VideoFile(
                self.path, self.color_format, width=self.width, height=self.height, loop=self.loop
            ),
            self.video,
            skip=True,
        )
