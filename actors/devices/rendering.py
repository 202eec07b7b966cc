"""Renders one participant's audio or video, handed to a callback."""

from collections.abc import Callable, Sequence

import numpy as np

from actors.devices.pcm import PcmQueue, device_format
from actors.errors import DeviceFormatError
from media import COLOR_FORMATS, AudioFrame, ColorFormat, Samples, VideoFrame
from media.color import Conversion
from media.mix import mix, with_channels
from media.resample import Resampler

Tick = Sequence[AudioFrame]
"""Everybody's 20 ms, one frame a voice; a silent frame without a source while nobody is there."""


def mixed(tick: Tick, channels: int, *, only: str | None, without: str | None) -> Samples:
    """The mix of all voices, of one participant's, or of all but one's; silence where none is."""
    if only is not None:
        heard = [frame for frame in tick if frame.source == only]
    else:
        heard = [frame for frame in tick if without is None or frame.source != without]
    if not heard:
        return np.zeros((len(tick[0]), channels), np.int16)
    return mix([with_channels(frame.samples, channels) for frame in heard])


SHORTEST, LONGEST = 0.001, 10.0
"""Seconds between two calls of an audio renderer's callback."""


class AudioRendering:
    """Cuts one participant's voice into frames of `interval` seconds for a callback.

    `kind` says that it is not the voice: `screen_audio`, or a custom track's `audio:NAME`.

    It gives nothing while the participant is not there; what does not fill an interval waits.
    Raises `DeviceFormatError` for a rate, channels or interval that there is not.
    """

    def __init__(
        self,
        participant: str,
        callback: Callable[[AudioFrame], None],
        *,
        sample_rate: int = 16_000,
        channels: int = 1,
        interval: float = 0.02,
        kind: str = "microphone",
    ) -> None:
        device_format(f"renderer of {participant}", sample_rate, channels)
        if not SHORTEST <= interval <= LONGEST:
            raise DeviceFormatError(
                f"An audio renderer cannot be called every {interval!r} s: give {SHORTEST} to "
                f"{LONGEST:g} s."
            )
        self.participant = participant
        self.kind = kind
        self._callback = callback
        self._rate, self._channels, self._interval = sample_rate, channels, interval
        self._waiting = PcmQueue(channels)
        self._resampler: Resampler | None = None
        self._given = self._pts = 0

    def hear(self, tick: Tick) -> None:
        """Take 20 ms of everybody; may call the callback, whose errors are the caller's."""
        for frame in tick:
            if frame.source == self.participant:
                self._take(frame)

    def _take(self, frame: AudioFrame) -> None:
        if self._resampler is None or self._resampler.source_rate != frame.sample_rate:
            self._resampler = Resampler(frame.sample_rate, self._rate, self._channels)
        samples = with_channels(frame.samples, self._channels)
        self._waiting.push(self._resampler.process(samples))
        # Not `interval * rate` rounded each time: 3 ms at 22.05 kHz are 66.15 samples.
        while (end := round((self._given + 1) * self._interval * self._rate)) <= (
            self._pts + self._waiting.frames
        ):
            size = end - self._pts
            part = AudioFrame(
                self._waiting.take(size), self._rate, self._pts, None, self.participant
            )
            self._given += 1
            self._pts = end
            self._callback(part)


class VideoRendering:
    """Converts one participant's pictures and calls `callback` with each, as they come.

    Raises `DeviceFormatError` for a colour format that there is not.
    """

    def __init__(
        self,
        participant: str,
        callback: Callable[[VideoFrame], None],
        *,
        color_format: ColorFormat = "RGBA",
        kind: str = "camera",
    ) -> None:
        if color_format not in COLOR_FORMATS:
            known = ", ".join(COLOR_FORMATS)
            raise DeviceFormatError(
                f"A video renderer cannot give {color_format!r}: use one of {known}."
            )
        self.participant = participant
        self.kind = kind
        self._callback = callback
        self._format: ColorFormat = color_format
        self._convert: Conversion | None = None

    def see(self, frame: VideoFrame) -> None:
        """Take anybody's picture; may call the callback, whose errors are the caller's."""
        if frame.source == self.participant and getattr(frame, "kind", "camera") == self.kind:
            self._callback(self.converted(frame))

    def converted(self, frame: VideoFrame) -> VideoFrame:
        if frame.color_format == self._format:
            return frame
        plan = self._convert
        if (
            plan is None
            or (plan.width, plan.height) != (frame.width, frame.height)
            or plan.source != frame.color_format
        ):
            plan = self._convert = Conversion(
                frame.width, frame.height, frame.color_format, self._format
            )
        return VideoFrame(
            plan(frame.pixels),
            frame.width,
            frame.height,
            self._format,
            frame.pts,
            turn=frame.turn,
            source=frame.source,
        )
