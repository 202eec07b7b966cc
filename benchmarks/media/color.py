"""Colour conversion beside swscale, OpenCV and memcpy; one thread, fixed sizes."""

# OpenCV has no types for what is used here.
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false

from __future__ import annotations

from collections.abc import Callable, Iterator

import av
import cv2
import numpy as np
from av.video.reformatter import VideoReformatter

from benchmarks.media.table import Row
from benchmarks.media.timing import interleaved
from media.color import Conversion
from media.formats import ColorFormat, picture_bytes
from media.video_frame import Pixels

Size = tuple[int, int]

SIZES: tuple[Size, ...] = ((1280, 720), (1920, 1080))
SWSCALE: dict[ColorFormat, str] = {
    "RGB": "rgb24",
    "RGBA": "rgba",
    "ARGB": "argb",
    "ABGR": "abgr",
    "BGRA": "bgra",
    "I420": "yuv420p",
    "NV12": "nv12",
}
OPENCV: dict[ColorFormat, int] = {
    "RGBA": cv2.COLOR_YUV2RGBA_I420,
    "RGB": cv2.COLOR_YUV2RGB_I420,
}
SWIZZLES: tuple[tuple[ColorFormat, ColorFormat], ...] = (
    ("RGBA", "BGRA"),
    ("RGBA", "ARGB"),
    ("ARGB", "BGRA"),
    ("RGB", "RGBA"),
    ("RGBA", "RGB"),
)


def rows() -> Iterator[Row]:
    cv2.setNumThreads(1)
    for size in SIZES:
        for source in ("RGBA", "ARGB", "ABGR", "BGRA"):
            yield beside_swscale(size, source, "I420", 1.05)
            yield beside_swscale(size, source, "NV12", 1.05)
        yield beside_swscale(size, "RGB", "I420", 1.3)
        for target in ("RGBA", "RGB"):
            yield beside_swscale(size, "I420", target, 7)
            yield beside_opencv(size, target)
        yield beside_memcpy(size, "RGBA", "ABGR", 1.2)
        yield beside_memcpy(size, "ABGR", "RGBA", 1.2)
        for source, target in SWIZZLES:
            yield beside_memcpy(size, source, target, 2.7)


def picture(size: Size, color_format: ColorFormat) -> Pixels:
    noise = np.random.default_rng(0)
    return noise.integers(0, 256, picture_bytes(*size, color_format), dtype=np.uint8)


def name(size: Size, source: str, target: str) -> str:
    return f"{source} to {target}, {size[1]}p"


def ours(size: Size, source: ColorFormat, target: ColorFormat) -> Callable[[], object]:
    pixels, out = picture(size, source), np.empty(picture_bytes(*size, target), np.uint8)
    plan = Conversion(*size, source, target)
    return lambda: plan(pixels, out)


def beside_swscale(size: Size, source: ColorFormat, target: ColorFormat, limit: float) -> Row:
    width, height = size
    depth = picture_bytes(2, 2, source) // 4
    shape = (height * 3 // 2, width) if source == "I420" else (height, width, depth)
    frame = av.VideoFrame.from_ndarray(picture(size, source).reshape(shape), SWSCALE[source])
    reformatter = VideoReformatter()
    mine, theirs = interleaved(
        [
            ours(size, source, target),
            lambda: reformatter.reformat(frame, format=SWSCALE[target], threads=1),
        ],
        calls=2,
    )
    return Row(name(size, source, target), mine, "us", "swscale", theirs, limit, ratio=True)


def beside_opencv(size: Size, target: ColorFormat) -> Row:
    planes = picture(size, "I420").reshape(size[1] * 3 // 2, size[0])
    into = np.empty((size[1], size[0], 4 if target == "RGBA" else 3), np.uint8)
    mine, theirs = interleaved(
        [ours(size, "I420", target), lambda: cv2.cvtColor(planes, OPENCV[target], into)], calls=2
    )
    return Row(name(size, "I420", target), mine, "us", "OpenCV", theirs, 4.5, ratio=True)


def beside_memcpy(size: Size, source: ColorFormat, target: ColorFormat, limit: float) -> Row:
    pixels = picture(size, source if source != "RGB" else target)
    into = np.empty_like(pixels)
    mine, theirs = interleaved(
        [ours(size, source, target), lambda: np.copyto(into, pixels)], calls=4
    )
    return Row(name(size, source, target), mine, "us", "memcpy", theirs, limit, ratio=True)
