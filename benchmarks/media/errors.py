"""How far conversions are from exact arithmetic: colour in levels, resampling in dB."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from benchmarks.media.table import Row
from media.color import convert
from media.color.matrix import MATRICES, MatrixName
from media.resample import Quality, Resampler
from media.resample.filters import STOPS, design
from media.resample.resampler import Chunks

SIZE = 640, 480
Floats = NDArray[np.float64]


def rows() -> Iterator[Row]:
    for matrix in MATRICES:
        luma, chroma = _to_planes(matrix)
        yield Row(f"RGBA to I420, {matrix}: largest error of Y", luma, "", limit=1)
        yield Row(f"RGBA to I420, {matrix}: of U and V", chroma, "", limit=1.8)
        yield Row(f"I420 to RGBA, {matrix}: of R, G and B", _from_planes(matrix), "", limit=1.1)
    qualities: tuple[Quality, ...] = ("fast", "hq", "vhq")
    for source, target in ((48000, 16000), (16000, 48000), (44100, 48000)):
        for quality in qualities:
            what = f"{source} to {target} Hz, {quality}"
            ripple, stop = _response(source, target, quality)
            yield Row(f"{what}: ripple to 0.9 Nyquist", ripple, "dB", limit=0.01)
            yield Row(f"{what}: stop band", stop, "dB", limit=-110)
            yield Row(f"{what}: THD+N", _distortion(source, target, quality), "dB", limit=-110)
    yield Row("hq, 16 kHz: delay", 1000 * Resampler(48000, 16000).delay, "ms", limit=5.3)


def _weights(matrix: MatrixName) -> tuple[float, float, float]:
    weights = MATRICES[matrix]
    return weights.red, weights.green, weights.blue


def _to_planes(matrix: MatrixName) -> tuple[float, float]:
    width, height = SIZE
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 4), dtype=np.uint8)
    out = convert(pixels.reshape(-1), width, height, "RGBA", "I420", matrix=matrix)
    red, green, blue = np.moveaxis(pixels[..., :3].astype(float), 2, 0)
    of_red, of_green, of_blue = _weights(matrix)
    luma = of_red * red + of_green * green + of_blue * blue

    def quartered(plane: Floats) -> Floats:
        return plane.reshape(height // 2, 2, width // 2, 2).mean((1, 3))

    y, u, v = np.split(out.astype(float), [width * height, width * height * 5 // 4])
    exact_u = 128 + 112 / 255 * quartered(blue - luma) / (1 - of_blue)
    exact_v = 128 + 112 / 255 * quartered(red - luma) / (1 - of_red)
    chroma = max(np.abs(u - exact_u.ravel()).max(), np.abs(v - exact_v.ravel()).max())
    return float(np.abs(y - (16 + 219 / 255 * luma).ravel()).max()), float(chroma)


def _from_planes(matrix: MatrixName) -> float:
    width, height = SIZE
    pixels = np.random.default_rng(0).integers(0, 256, width * height * 3 // 2, dtype=np.uint8)
    out = convert(pixels, width, height, "I420", "RGBA", matrix=matrix)
    got = out.reshape(height, width, 4)[..., :3].astype(float)
    y, u, v = np.split(pixels.astype(float), [width * height, width * height * 5 // 4])
    luma = 255 / 219 * (y.reshape(height, width) - 16)

    def doubled(plane: Floats) -> Floats:
        grid = plane.reshape(height // 2, width // 2)
        return 255 / 224 * (grid.repeat(2, 0).repeat(2, 1) - 128)

    of_red, of_green, of_blue = _weights(matrix)
    red = luma + 2 * (1 - of_red) * doubled(v)
    blue = luma + 2 * (1 - of_blue) * doubled(u)
    green = (luma - of_red * red - of_blue * blue) / of_green
    exact = np.clip(np.stack([red, green, blue], 2), 0, 255)
    return float(np.abs(got - exact).max())


def _response(source: int, target: int, quality: Quality) -> tuple[float, float]:
    """Return the pass band's largest deviation and the stop band's largest level, in dB."""
    plan = design(source, target, quality)
    up, down = (rate // int(np.gcd(source, target)) for rate in (target, source))
    taps: dict[int, float] = {}
    for (part, i, j), weight in np.ndenumerate(plan.matrices):
        output, input_ = part * plan.matrices.shape[2] + j, part * plan.advance + i
        taps[output * down - input_ * up] = float(weight)
    low = min(taps)
    line = np.zeros(max(taps) - low + 1)
    for place, weight in taps.items():
        line[place - low] = weight
    level = 20 * np.log10(np.abs(np.fft.rfft(line / up, 1 << 20)) + 1e-12)
    frequency = np.linspace(0, max(up, down), len(level))
    return (
        float(np.abs(level[frequency <= 0.9]).max()),
        float(level[frequency >= STOPS[quality]].max()),
    )


def _distortion(source: int, target: int, quality: Quality) -> float:
    """Return what is not the tone, a second of 997 Hz at full scale in float, in dB below it."""
    tone = np.sin(2 * np.pi * 997 * np.arange(source) / source)
    out = _unrounded(source, target, quality, tone)[target // 4 :]
    angle = 2 * np.pi * 997 * np.arange(len(out)) / target
    basis = np.stack([np.sin(angle), np.cos(angle)], 1)
    fit = basis @ np.linalg.lstsq(basis, out, rcond=None)[0]
    return float(10 * np.log10(np.mean((out - fit) ** 2) / np.mean(fit**2)))


def _unrounded(source: int, target: int, quality: Quality, line: Floats) -> Floats:
    """Resample a line of whole 20 ms, without the last step to 16 bits."""
    chunks = Chunks(design(source, target, quality), 1)
    out: list[NDArray[np.float32]] = []
    for piece in line.reshape(-1, source // 50):
        chunks.turn.input[:, 0] = piece
        chunks.convert()
        out.append(chunks.floats[:, 0].copy())
    return np.concatenate(out).astype(float)
