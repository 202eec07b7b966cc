"""Two tracks of a page, sample by sample on one clock."""

from __future__ import annotations

import base64

import attrs
import numpy as np
import numpy.typing as npt

from .page import Page

Samples = npt.NDArray[np.int16]
RATE = 16000

# The worklet's module comes from a blob, which the page's own policy would refuse.
TAP = """(async () => {
    const source = `registerProcessor("tap", class extends AudioWorkletProcessor {
        process([first, second]) {
            const block = new Float32Array(256);
            if (first[0]) block.set(first[0], 0);
            if (second[0]) block.set(second[0], 128);
            this.port.postMessage(block, [block.buffer]);
            return true;
        }
    })`;
    const context = new AudioContext({ sampleRate: %d });
    const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    await context.audioWorklet.addModule(url);
    const node = new AudioWorkletNode(context, "tap", { numberOfInputs: 2, numberOfOutputs: 1 });
    [%s].forEach((track, input) =>
        context.createMediaStreamSource(new MediaStream([track])).connect(node, 0, input));
    node.connect(context.destination);
    const blocks = [];
    node.port.onmessage = ({ data }) => blocks.push(data);
    globalThis.tapped = async () => {
        await context.close();
        const samples = new Int16Array(blocks.length * 256);
        blocks.forEach((block, index) =>
            block.forEach((value, at) => { samples[index * 256 + at] = value * 32767; }));
        const reader = new FileReader();
        return new Promise((resolve) => {
            reader.onload = () => resolve(reader.result.split(",")[1]);
            reader.readAsDataURL(new Blob([samples]));
        });
    };
    globalThis.tappedSeconds = () => blocks.length * 128 / context.sampleRate;
})()"""


@attrs.frozen
class Tapped:
    """What two tracks carried, int16 `[n]` each at 16 kHz; sample k of both is one moment."""

    own: Samples
    remote: Samples


async def tap(page: Page, own: str, remote: str) -> None:
    """Begins to keep two tracks, given as expressions of the page.

    The page must have been opened with `bypass_policy=True`.
    """
    await page.evaluate(TAP % (RATE, f"{own}, {remote}"))


async def tapped(page: Page) -> Tapped:
    """Ends it; everything since `tap`."""
    raw = base64.b64decode(await page.evaluate("tapped()"))
    blocks = np.frombuffer(raw, "<i2").reshape(-1, 2, 128)
    return Tapped(own=blocks[:, 0].ravel(), remote=blocks[:, 1].ravel())


def loud(samples: Samples, level: float, hop: float = 0.005) -> npt.NDArray[np.bool_]:
    """For each `hop` seconds whether its root mean square is over `level` (of 32768)."""
    size = int(RATE * hop)
    frames = samples[: len(samples) // size * size].astype(np.float64).reshape(-1, size)
    return np.sqrt((frames**2).mean(axis=1)) > level
