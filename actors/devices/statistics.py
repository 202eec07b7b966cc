"""Statistics of devices. Frames are samples per channel at the device's own rate."""

from typing import Literal

import attrs

DeviceState = Literal["unattached", "running", "closed"]
"""Whether a device is attached to a call, or closed for good."""


@attrs.frozen
class MicrophoneStatistics:
    """A microphone at one moment.

    Attributes:
        written: frames that were taken from writers.
        played: frames that were played, in a call or into the void.
        unheard: of these, frames that nobody could hear: no call, or nobody else in it.
        dropped: frames that will never be played: cleared, interrupted, or closed over.
        depth: frames that wait now.
        underruns: times when it ran dry and was written to again within half a second.
        padding: frames of silence added to fill up 20 ms.
        slipped: seconds by which the schedule was moved because the call had fallen behind.
        jitter: mean lateness of a waiting writer's wake-up, in seconds (RFC 3550, A.8).
    """

    written: int
    played: int
    unheard: int
    dropped: int
    depth: int
    underruns: int
    padding: int
    slipped: float
    jitter: float


@attrs.frozen
class SpeakerStatistics:
    """A speaker at one moment.

    Attributes:
        played: frames that were read.
        dropped: frames that nobody read in time.
        standing: frames dropped because they only added delay.
        depth: frames that wait now.
        underruns: times when the call gave nothing for 60 ms.
        padding: frames of silence that stand where no call gave anything.
        jitter: mean deviation of the call's tick from 20 ms, in seconds (RFC 3550, A.8).
    """

    played: int
    dropped: int
    standing: int
    depth: int
    underruns: int
    padding: int
    jitter: float


@attrs.frozen
class CameraStatistics:
    """A camera at one moment, in pictures.

    Attributes:
        written: pictures that were given.
        played: pictures that went into the call.
        unsent: pictures that nobody could see: no call, or nobody else in it.
        dropped: pictures that a newer one replaced before their time had come.
        depth: pictures that wait now: 0 or 1.
    """

    written: int
    played: int
    unsent: int
    dropped: int
    depth: int


class Jitter:
    """The mean deviation from a schedule, smoothed by 1/16 as in RFC 3550, A.8; seconds."""

    def __init__(self) -> None:
        self.value = 0.0

    def note(self, deviation: float) -> None:
        """Take how much too early or late it was this time, in seconds."""
        self.value += (abs(deviation) - self.value) / 16
