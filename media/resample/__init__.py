"""Streaming sample-rate conversion."""

from media.resample.resampler import Resampler as Resampler
