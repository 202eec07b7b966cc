"""Streaming sample-rate conversion."""

from media.resample.filters import Quality as Quality
from media.resample.resampler import Resampler as Resampler
