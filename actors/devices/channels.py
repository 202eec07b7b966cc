"""Mono to stereo and back."""

import numpy as np

from media import Samples


def with_channels(samples: Samples, channels: int) -> Samples:
    """Return int16 `[n, channels]`: mono is doubled, of stereo the mean is taken."""
    if samples.shape[1] == channels:
        return samples
    if channels == 2:
        return np.repeat(samples, 2, axis=1)
    total = samples[:, 0].astype(np.int32) + samples[:, 1]
    return (total >> 1).astype(np.int16)[:, None]
