"""Formats, frames, conversion, codecs and buffers. Pure: no Trio, no I/O loop."""

from media.audio_frame import AudioFrame as AudioFrame
from media.audio_frame import Samples as Samples
from media.audio_frame import concatenate as concatenate
from media.errors import ClosedError as ClosedError
from media.errors import FormatError as FormatError
from media.errors import MediaError as MediaError
from media.errors import NotAMediaFileError as NotAMediaFileError
from media.errors import NotAWavError as NotAWavError
from media.errors import OpusError as OpusError
from media.formats import COLOR_FORMATS as COLOR_FORMATS
from media.formats import SAMPLE_RATES as SAMPLE_RATES
from media.formats import VIDEO_CLOCK_RATE as VIDEO_CLOCK_RATE
from media.formats import AudioFormat as AudioFormat
from media.formats import ColorFormat as ColorFormat
from media.formats import VideoFormat as VideoFormat
from media.formats import picture_bytes as picture_bytes
from media.video_frame import Pixels as Pixels
from media.video_frame import VideoFrame as VideoFrame
