"""A browser with an RSA certificate."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio
from chromium import open_chromium
from real_parts import SPEECH
from scene import ON_STAGE
from talk_command import talking

pytestmark = pytest.mark.real

ECHO = Path(__file__).parents[2] / "examples" / "agents" / "echo.py"

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
