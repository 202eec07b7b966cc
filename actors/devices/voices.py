"""One tick of a call, as a speaker or a renderer hears it."""

from collections.abc import Sequence

import numpy as np

from actors.devices.channels import with_channels
from media import AudioFrame, Samples
from media.mix import mix

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
