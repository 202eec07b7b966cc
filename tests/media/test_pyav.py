"""Between our frames and PyAV's: the same bytes, not copies, wherever they lie the same way."""

from fractions import Fraction

import av
import numpy as np
import pytest

from media import COLOR_FORMATS, AudioFrame, FormatError, VideoFrame, picture_bytes
from media.pyav import audio_from_pyav, audio_to_pyav, video_from_pyav, video_to_pyav


def picture(width, height, color_format, pts=0):
    count = picture_bytes(width, height, color_format)
    pixels = np.random.default_rng(width).integers(0, 256, count, dtype=np.uint8)
    return VideoFrame(pixels, width, height, color_format, pts)


def address(array):
    return array.__array_interface__["data"][0]


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", [8000, 22050, 44100, 48000])
def test_sound_goes_there_and_back_with_its_time(rate, channels):
    samples = np.random.default_rng(0).integers(-32768, 32768, (441, channels)).astype(np.int16)
    made = audio_to_pyav(AudioFrame(samples, rate, pts=1234))
    assert (made.samples, made.sample_rate, made.pts) == (441, rate, 1234)
    assert made.time_base == Fraction(1, rate)
    frame = audio_from_pyav(made)
    assert np.array_equal(frame.samples, samples)
    assert (frame.pts, frame.sample_rate, frame.channels) == (1234, rate, channels)


def test_pyavs_sound_is_viewed_not_copied_and_its_time_counted_in_samples():
    made = av.AudioFrame.from_ndarray(np.zeros((1, 960), np.int16), "s16", "stereo")
    made.sample_rate, made.pts, made.time_base = 48000, 40, Fraction(1, 1000)
    frame = audio_from_pyav(made)
    assert address(frame.samples) == made.planes[0].buffer_ptr
    assert frame.pts == 40 * 48
    assert not frame.samples.flags.writeable
    del made  # the view keeps the plane alive
    assert not frame.samples.any()


def test_sound_of_another_kind_is_told():
    made = av.AudioFrame.from_ndarray(np.zeros((2, 960), np.float32), "fltp", "stereo")
    made.sample_rate = 48000
    with pytest.raises(FormatError, match="'fltp'; it must be 's16'"):
        audio_from_pyav(made)


@pytest.mark.parametrize("color_format", COLOR_FORMATS)
@pytest.mark.parametrize("size", [(64, 48), (6, 4), (7, 5), (33, 2), (1, 1)])
def test_a_picture_goes_there_and_back_with_its_time(color_format, size):
    frame = picture(*size, color_format, pts=4500)
    made = video_to_pyav(frame)
    assert (made.width, made.height) == size
    assert made.time == 0.05
    back = video_from_pyav(made)
    assert back.color_format == color_format
    assert back.pts == 4500
    assert np.array_equal(back.pixels, frame.pixels)


@pytest.mark.parametrize("color_format", COLOR_FORMATS)
def test_pyav_is_given_our_bytes_themselves(color_format):
    frame = picture(64, 48, color_format)
    assert video_to_pyav(frame).planes[0].buffer_ptr == address(frame.pixels)


def test_a_packed_picture_of_pyavs_without_padding_is_viewed():
    made = av.VideoFrame.from_ndarray(np.zeros((48, 64, 4), np.uint8), "rgba")
    frame = video_from_pyav(made)
    assert frame.color_format == "RGBA"
    if made.planes[0].line_size == 64 * 4:
        assert address(frame.pixels) == made.planes[0].buffer_ptr


def test_planes_that_lie_apart_or_padded_are_put_together():
    made = av.VideoFrame(50, 20, "yuv420p")  # FFmpeg pads each row to its own alignment
    for index, plane in enumerate(made.planes):
        plane.update(bytes([index + 1]) * plane.buffer_size)
    frame = video_from_pyav(made)
    assert frame.pixels.tolist() == [1] * 1000 + [2] * 250 + [3] * 250


def test_other_formats_and_wishes_are_converted_by_swscale():
    grey = av.VideoFrame.from_ndarray(np.full((4, 6), 200, np.uint8), "gray")
    assert video_from_pyav(grey).color_format == "I420"
    rgb = video_from_pyav(grey, "RGB")
    assert (rgb.color_format, rgb.pixels.size) == ("RGB", 72)
    assert np.abs(rgb.pixels.astype(int) - 200).max() <= 2
