"""What a page hears: its tracks as samples, and how loud they are from moment to moment."""

from __future__ import annotations

import base64
import io

import attrs
import av
import numpy as np
import numpy.typing as npt

from .page import Page

Samples = npt.NDArray[np.int16]
RATE = 16000

RECORD = """new Promise((resolve, reject) => {
    const track = %s;
    if (!track) return reject(new Error("There is no such track."));
    const recorder = new MediaRecorder(new MediaStream([track]));
    const parts = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    recorder.onstop = () => {
        const reader = new FileReader();
        reader.onload = () => resolve(reader.result.split(",")[1]);
        reader.readAsDataURL(new Blob(parts));
    };
    recorder.start();
    setTimeout(() => recorder.stop(), %f);
})"""

WATCH = """(() => {
    const context = new AudioContext();
    const meters = [%s].map((track) => {
        const analyser = context.createAnalyser();
        analyser.fftSize = 256;
        context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
        const samples = new Float32Array(256);
        return () => {
            analyser.getFloatTimeDomainData(samples);
            return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / 256);
        };
    });
    const readings = [];
    const timer = setInterval(
        () => readings.push([performance.now() / 1000, ...meters.map((read) => read())]), 5);
    globalThis.stopWatching = () => { clearInterval(timer); context.close(); return readings; };
})()"""


async def record(page: Page, track: str, seconds: float) -> Samples:
    """What a track plays from now on, as 16 kHz mono; `track` is an expression of the page."""
    encoded = await page.evaluate(RECORD % (track, seconds * 1000))
    with av.open(io.BytesIO(base64.b64decode(encoded))) as container:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
        pieces = [
            resampled.to_ndarray().ravel()
            for frame in container.decode(audio=0)
            for resampled in resampler.resample(frame)
        ]
    return np.concatenate(pieces)


@attrs.frozen
class Levels:
    """Two tracks, measured every 5 ms on one clock."""

    times: npt.NDArray[np.float64]
    own: npt.NDArray[np.float64]
    remote: npt.NDArray[np.float64]


async def watch_levels(page: Page, own: str, remote: str) -> None:
    """Begins to measure two tracks, given as expressions of the page."""
    await page.evaluate(WATCH % f"{own}, {remote}")


async def watched_levels(page: Page) -> Levels:
    """Ends measuring; the root mean squares, full scale 1."""
    readings = np.array(await page.evaluate("stopWatching()"))
    return Levels(times=readings[:, 0], own=readings[:, 1], remote=readings[:, 2])


def envelope(samples: Samples, hop: float = 0.02) -> npt.NDArray[np.float64]:
    """Loudness over time: the root mean square of each `hop` seconds."""
    size = int(RATE * hop)
    frames = samples[: len(samples) // size * size].astype(np.float64).reshape(-1, size)
    return np.sqrt((frames**2).mean(axis=1))


def best_correlation(heard: npt.NDArray[np.float64], spoken: npt.NDArray[np.float64]) -> float:
    """The correlation of `heard` with that stretch of `spoken` which it resembles most."""
    shifts = range(len(spoken) - len(heard) + 1)
    return max(float(np.corrcoef(heard, spoken[at : at + len(heard)])[0, 1]) for at in shifts)
