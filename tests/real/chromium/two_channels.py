"""Own microphone and remote audio as two channels of one clock: a delay is a subtraction."""

from __future__ import annotations

import base64

import attrs
import numpy as np
import numpy.typing as npt

from .page import Page

RATE = 16000
"""Samples a second: the page's audio graph runs at this rate, the browser converts."""

# A worklet of two inputs: each call brings 128 samples of both, of the same moment.
WORKLET = """registerProcessor("two-channels", class extends AudioWorkletProcessor {
    process(inputs) {
        const [own, remote] = inputs.map((input) => input[0] ?? new Float32Array(128));
        const both = new Int16Array(256);
        for (let at = 0; at < 128; at += 1) {
            both[2 * at] = Math.max(-1, Math.min(1, own[at])) * 32767;
            both[2 * at + 1] = Math.max(-1, Math.min(1, remote[at])) * 32767;
        }
        this.port.postMessage(both, [both.buffer]);
        return true;
    }
});"""

BEGIN = """(async () => {
    const context = new AudioContext({ sampleRate: %(rate)d });
    const module = URL.createObjectURL(new Blob([`%(worklet)s`], { type: "text/javascript" }));
    await context.audioWorklet.addModule(module);
    const recorder = new AudioWorkletNode(context, "two-channels",
        { numberOfInputs: 2, numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
    const pieces = [];
    recorder.port.onmessage = ({ data }) => pieces.push(data);
    [%(own)s, %(remote)s].forEach((track, input) => {
        context.createMediaStreamSource(new MediaStream([track])).connect(recorder, 0, input);
    });
    globalThis.recordedSamples = () => pieces.length * 128;
    globalThis.stopRecording = () => new Promise((resolve) => {
        context.close();
        const reader = new FileReader();
        reader.onload = () => resolve(reader.result.split(",")[1] ?? "");
        reader.readAsDataURL(new Blob(pieces));
    });
})()"""


@attrs.frozen
class TwoChannels:
    """Both sides of a call as int16 `[n]` at 16 kHz: what a person said and what came back."""

    own: npt.NDArray[np.int16]
    remote: npt.NDArray[np.int16]


async def start_recording(page: Page, own: str, remote: str) -> None:
    """Begins to record two tracks, given as expressions; the page must allow blobs as scripts."""
    given = {"rate": RATE, "worklet": WORKLET, "own": own, "remote": remote}
    await page.evaluate(BEGIN % given)


async def stop_recording(page: Page) -> TwoChannels:
    """Ends it; all that was recorded."""
    samples = np.frombuffer(base64.b64decode(await page.evaluate("stopRecording()")), "<i2")
    both = samples.reshape(-1, 2)
    return TwoChannels(own=both[:, 0].copy(), remote=both[:, 1].copy())
