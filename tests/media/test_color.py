"""Every conversion against exact arithmetic in floating point (ITU-R BT.601, BT.709)."""

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.color import Conversion, convert
from media.color.layout import PACKED, planes
from media.color.matrix import MATRICES
from media.errors import FormatError
from media.formats import COLOR_FORMATS, picture_bytes

RGB_FORMATS = sorted(PACKED)
YUV_FORMATS = ["I420", "NV12"]
EDGES = np.array([0, 1, 15, 16, 17, 127, 128, 235, 240, 254, 255], np.uint8)

sizes = st.tuples(st.integers(1, 70), st.integers(1, 70))
matrices = st.sampled_from(sorted(MATRICES))
seeds = st.integers(0, 2**32)


def picture(size, color_format, seed):
    """Noise, half of it of extreme values."""
    random = np.random.default_rng(seed)
    count = picture_bytes(*size, color_format)
    noise = random.integers(0, 256, count, dtype=np.uint8)
    return np.where(random.random(count) < 0.5, noise, random.choice(EDGES, count))


def components(pixels, size, color_format):
    layout = PACKED[color_format]
    grid = pixels.reshape(size[1], size[0], layout.size).astype(float)
    return [grid[..., place] for place in (layout.red, layout.green, layout.blue)]


def quartered(plane):
    height, width = plane.shape
    even = np.pad(plane, ((0, height % 2), (0, width % 2)), mode="edge")
    return (even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) / 4


def doubled(plane, size):
    return plane.astype(float).repeat(2, 0).repeat(2, 1)[: size[1], : size[0]]


def exact_yuv(pixels, size, color_format, matrix):
    red, green, blue = components(pixels, size, color_format)
    weights = MATRICES[matrix]
    luma = weights.red * red + weights.green * green + weights.blue * blue
    u = 128 + 112 / 255 * quartered(blue - luma) / (1 - weights.blue)
    v = 128 + 112 / 255 * quartered(red - luma) / (1 - weights.red)
    return 16 + 219 / 255 * luma, u, v


def exact_rgb(pixels, size, color_format, matrix):
    y, u, v = planes(pixels, *size, color_format)
    weights = MATRICES[matrix]
    luma = (y.astype(float) - 16) * 255 / 219
    red = luma + (doubled(v, size) - 128) * 255 / 112 * (1 - weights.red)
    blue = luma + (doubled(u, size) - 128) * 255 / 112 * (1 - weights.blue)
    green = (luma - weights.red * red - weights.blue * blue) / weights.green
    return [np.clip(part, 0, 255) for part in (red, green, blue)]


@given(sizes, st.sampled_from(RGB_FORMATS), st.sampled_from(YUV_FORMATS), matrices, seeds)
def test_rgb_to_yuv_errs_by_less_than_1_on_luma_and_1_8_on_chroma(
    size, source, target, matrix, seed
):
    pixels = picture(size, source, seed)
    result = planes(convert(pixels, *size, source, target, matrix=matrix), *size, target)
    y, u, v = exact_yuv(pixels, size, source, matrix)
    assert np.abs(result.y - y).max() <= 1
    assert np.abs(result.u - u).max() <= 1.8
    assert np.abs(result.v - v).max() <= 1.8


@given(sizes, st.sampled_from(YUV_FORMATS), st.sampled_from(RGB_FORMATS), matrices, seeds)
def test_yuv_to_rgb_errs_by_less_than_1_1(size, source, target, matrix, seed):
    pixels = picture(size, source, seed)
    result = convert(pixels, *size, source, target, matrix=matrix)
    exact = exact_rgb(pixels, size, source, matrix)
    for ours, wanted in zip(components(result, size, target), exact, strict=True):
        assert np.abs(ours - wanted).max() <= 1.1
    alpha = PACKED[target].alpha
    if alpha is not None:
        assert (result.reshape(-1, 4)[:, alpha] == 255).all()


@pytest.mark.parametrize("matrix", sorted(MATRICES))
@pytest.mark.parametrize("source", YUV_FORMATS)
def test_no_pair_of_chroma_values_wraps_at_any_luma_edge(matrix, source):
    size = (512, 512)
    for y in EDGES:
        u, v = np.meshgrid(np.arange(256, dtype=np.uint8), np.arange(256, dtype=np.uint8))
        chroma = [u, v] if source == "I420" else [np.stack([u, v], axis=-1)]
        parts = [np.full(512 * 512, y, np.uint8), *(plane.ravel() for plane in chroma)]
        pixels = np.concatenate(parts)
        result = components(convert(pixels, *size, source, "BGRA", matrix=matrix), size, "BGRA")
        for ours, wanted in zip(result, exact_rgb(pixels, size, source, matrix), strict=True):
            assert np.abs(ours - wanted).max() <= 1.1


@given(sizes, st.sampled_from(RGB_FORMATS), st.sampled_from(RGB_FORMATS), seeds)
def test_packed_formats_keep_every_component(size, source, target, seed):
    pixels = picture(size, source, seed)
    result = convert(pixels, *size, source, target)
    before, after = components(pixels, size, source), components(result, size, target)
    assert all(np.array_equal(old, new) for old, new in zip(before, after, strict=True))
    old, new = PACKED[source].alpha, PACKED[target].alpha
    if new is not None:
        alpha = result.reshape(-1, 4)[:, new]
        assert (alpha == (255 if old is None else pixels.reshape(-1, 4)[:, old])).all()


@pytest.mark.parametrize("target", YUV_FORMATS)
@pytest.mark.parametrize("source", [name for name in RGB_FORMATS if PACKED[name].alpha is not None])
def test_alpha_has_no_part_in_the_planes(source, target):
    opaque = picture((1024, 92), source, 7)  # of two strips and a part
    clear = opaque.copy()
    clear[PACKED[source].alpha :: 4] ^= 0xFF
    result = convert(opaque, 1024, 92, source, target)
    assert np.array_equal(result, convert(clear, 1024, 92, source, target))


@given(sizes, st.sampled_from(YUV_FORMATS), st.sampled_from(YUV_FORMATS), seeds)
def test_planar_formats_keep_every_plane(size, source, target, seed):
    pixels = picture(size, source, seed)
    result = convert(pixels, *size, source, target)
    for old, new in zip(planes(pixels, *size, source), planes(result, *size, target), strict=True):
        assert np.array_equal(old, new)


@pytest.mark.parametrize("size", [(1280, 98), (1279, 97), (40001, 3), (3, 20001)])
@pytest.mark.parametrize("target", COLOR_FORMATS)
@pytest.mark.parametrize("source", COLOR_FORMATS)
def test_strips_meet_without_a_seam(source, target, size):
    pixels = picture(size, source, 7)
    result = convert(pixels, *size, source, target)
    if source in PACKED and target in YUV_FORMATS:
        y, _, _ = exact_yuv(pixels, size, source, "bt601")
        assert np.abs(planes(result, *size, target).y - y).max() <= 1
    elif target in PACKED:
        wanted = (
            components(pixels, size, source)
            if source in PACKED
            else exact_rgb(pixels, size, source, "bt601")
        )
        for ours, exact in zip(components(result, size, target), wanted, strict=True):
            assert np.abs(ours - exact).max() <= 1.1
    else:
        assert np.array_equal(planes(result, *size, target).y, planes(pixels, *size, source).y)


@settings(max_examples=20)
@given(sizes, st.sampled_from(COLOR_FORMATS), st.sampled_from(COLOR_FORMATS), seeds)
def test_out_takes_the_result_of_a_plan_used_again(size, source, target, seed):
    plan = Conversion(*size, source, target)
    first, second = picture(size, source, seed), picture(size, source, seed + 1)
    kept = plan(first)
    out = np.empty(picture_bytes(*size, target), np.uint8)
    assert plan(second, out) is out
    assert np.array_equal(out, convert(second, *size, source, target))
    assert np.array_equal(kept, convert(first, *size, source, target))


def test_threads_do_not_share_scratch():
    pictures = [picture((640, 360), "RGBA", seed) for seed in range(4)]
    wanted = [convert(pixels, 640, 360, "RGBA", "I420") for pixels in pictures]
    wrong = []

    def work(i):
        for _ in range(20):
            if not np.array_equal(convert(pictures[i], 640, 360, "RGBA", "I420"), wanted[i]):
                wrong.append(i)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize("color_format", COLOR_FORMATS)
def test_half_the_size_is_the_mean_of_four(color_format):
    pixels = picture((16, 8), color_format, 3)
    smaller = convert(pixels, 16, 8, color_format, color_format, size=(8, 4))
    if color_format in PACKED:
        old, new = (
            components(pixels, (16, 8), color_format),
            components(smaller, (8, 4), color_format),
        )
    else:
        old, new = planes(pixels, 16, 8, color_format), planes(smaller, 8, 4, color_format)
    for large, small in zip(old, new, strict=True):
        assert np.abs(quartered(large.astype(float)) - small).max() <= 0.5


@given(
    sizes,
    sizes,
    st.sampled_from(COLOR_FORMATS),
    st.sampled_from(COLOR_FORMATS),
    st.integers(0, 255),
)
def test_one_grey_stays_that_grey_at_any_smaller_size(size, other, source, target, grey):
    smaller = min(size[0], other[0]), min(size[1], other[1])
    pixels = np.full(picture_bytes(*size, source), grey, np.uint8)
    scaled = convert(pixels, *size, source, target, size=smaller)
    direct = convert(
        np.full(picture_bytes(*smaller, source), grey, np.uint8), *smaller, source, target
    )
    assert np.array_equal(scaled, direct)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"source": "XYZ"}, "colour format 'XYZ' is unknown"),
        ({"matrix": "bt2020"}, "matrix 'bt2020' is unknown"),
        ({"width": 3}, "flat uint8 array of 24; this one is uint8 of the shape"),
        ({"size": (5, 1)}, "only made smaller"),
        ({"size": (0, 1)}, "no pixels"),
        ({"out": np.empty(5, np.uint8)}, "`out` for a 2x2 I420 picture is a flat uint8 array of 6"),
    ],
)
def test_what_cannot_be_converted_is_told_in_a_sentence(change, says):
    given = {"pixels": np.zeros(16, np.uint8), "width": 2, "height": 2, "source": "RGBA"}
    with pytest.raises(FormatError, match=says):
        convert(**{**given, "target": "I420", **change})


def test_an_out_that_overlaps_the_picture_is_refused():
    pixels = np.zeros(16, np.uint8)
    with pytest.raises(FormatError, match="overlaps"):
        convert(pixels, 2, 2, "RGBA", "BGRA", out=pixels)
