"""Peers that are not ours: a browser with an RSA certificate, and werift.

werift comes from npm and is installed for the test where CALLBOARD_FOREIGN=1 asks for it.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import trio
from chromium import open_chromium
from real_parts import SPEECH
from scene import ON_STAGE
from talk_command import talking

from media.opus import OpusDecoder, OpusEncoder

pytestmark = pytest.mark.real

ECHO = Path(__file__).parents[2] / "examples" / "agents" / "echo.py"
PEER = Path(__file__).parent / "werift_peer.mjs"
WERIFT = ("werift@0.25.2", "ws@8")

RSA = """globalThis.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration) {
        super({ ...configuration, certificates: [globalThis.certificate] });
    }
};
globalThis.ready = RTCPeerConnection.generateCertificate({
    name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, hash: "SHA-256",
    publicExponent: new Uint8Array([1, 0, 1]),
}).then((made) => { globalThis.certificate = made; });"""
AGENT = "[...callboard.participants.values()].find(({ agent }) => agent)"
COUNT = f"""globalThis.received = 0;
setInterval(async () => {{
    const figures = await callboard.statistics({AGENT}.id);
    for (const {{ type, kind, packetsReceived }} of figures?.values() ?? [])
        if (type === "inbound-rtp" && kind === "audio") received = packetsReceived;
}}, 100);"""


@pytest.mark.usefixtures("chromium", "human_speech")
def test_an_rsa_certificate_is_fine_on_whichever_side_offers() -> None:
    async def main() -> None:
        async with (
            talking(str(ECHO)) as url,
            open_chromium(microphone=SPEECH, repeat=True) as browser,
        ):
            # The agent comes after the first person and offers; the second offers to the agent.
            for name in ("Alice", "Bob"):
                page = await browser.open_page(url, script=RSA)
                await page.evaluate("ready")
                await page.evaluate(f"document.querySelector('#name').value = '{name}'")
                await page.wait_for("callboard.media.microphone")
                await page.click("#join")
                await page.wait_for(ON_STAGE)
                await page.wait_for(AGENT)
                await page.evaluate(COUNT)
                await page.wait_for("received > 50")

    trio.run(main)


@pytest.fixture(scope="module")
def werift(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder from which Node finds werift."""
    if os.environ.get("CALLBOARD_FOREIGN") != "1":
        pytest.skip("werift is tried where CALLBOARD_FOREIGN=1 asks for it.")
    if shutil.which("npm") is None:
        pytest.skip("No npm on this machine: apt-get install npm.")
    folder = tmp_path_factory.mktemp("werift")
    options = ["--no-audit", "--no-fund", "--silent"]
    subprocess.run(["npm", "install", *options, *WERIFT], cwd=folder, check=True)
    shutil.copy(PEER, folder)
    return folder


def test_werift_hears_its_own_tone_from_the_echo(werift: Path) -> None:
    with OpusEncoder() as encoder:
        times = np.arange(960 * 150) / 48000
        tone = (8000 * np.sin(2 * np.pi * 440 * times)).astype(np.int16).reshape(150, 960, 1)
        said = [base64.b64encode(encoder.encode(frame)).decode() for frame in tone]
    (werift / "said.json").write_text(json.dumps(said))

    async def main() -> bytes:
        async with talking(str(ECHO)) as url:
            done = await trio.run_process(
                ["node", "werift_peer.mjs", url, "said.json", "6"], cwd=werift, capture_stdout=True
            )
            return done.stdout

    heard = json.loads(trio.run(main))
    decoder = OpusDecoder(sample_rate=16000)
    samples = np.concatenate([decoder.decode(base64.b64decode(each)) for each in heard])[:, 0]
    second = samples[-3 * 16000 :].astype(np.float64).reshape(-1, 16000)
    loudest = second[np.argmax((second**2).sum(axis=1))]
    assert np.abs(np.fft.rfft(loudest)).argmax() == pytest.approx(440, abs=2)
