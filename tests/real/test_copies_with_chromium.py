"""Copies of earlier packets (RFC 2198), to Chromium and from it, where packets are lost."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

import pytest
import trio
from chromium import Page, open_chromium
from real_parts import SPEECH

from actors.call.encoding import Encoding
from actors.call.listening import Listening
from actors.call.port import MediaLine, Signal
from actors.call.webrtc import open_media_engine
from actors.call.webrtc.peer_port import WebRtcPort
from media import AudioFrame
from media.jitter import JitterStatistics
from media.wav import read_wav

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("chromium", "human_speech")]

SECONDS = 24
LEARNED = 10
"""Seconds after which Chromium, which reports every five, has told of the loss."""
LOSS, BURST = 0.08, 3

CONNECT = """(async () => {
    const sound = new AudioContext(), out = sound.createMediaStreamDestination();
    const tone = sound.createOscillator();
    tone.connect(out);
    tone.start();
    globalThis.peer = new RTCPeerConnection();
    globalThis.sender = peer.addTrack(out.stream.getTracks()[0]);
    peer.ontrack = ({ track }) => {
        globalThis.player = new Audio();
        player.srcObject = new MediaStream([track]);
        player.play();
    };
    await peer.setLocalDescription();
    await new Promise((done) => {
        peer.onicegatheringstatechange = () => peer.iceGatheringState === "complete" && done();
    });
    return JSON.stringify(peer.localDescription);
})()"""

COUNTS = (
    "packetsLost",
    "packetsReceived",
    "fecPacketsReceived",
    "concealedSamples",
    "totalSamplesReceived",
)

INBOUND = """(async () => JSON.stringify([...(await peer.getStats()).values()].find(
    ({ type, kind }) => type === "inbound-rtp" && kind === "audio")))()"""


def losing(send: Callable[..., object], seed: int) -> Callable[..., object]:
    """The same, but for what bursts of loss take."""
    chance, lost = random.Random(seed), False

    def sometimes(*args: object) -> object:
        nonlocal lost
        lost = chance.random() < (1 - 1 / BURST if lost else LOSS / (BURST * (1 - LOSS)))
        return True if lost else send(*args)

    return sometimes


async def offered(page: Page, port: WebRtcPort) -> str:
    """Let the page offer and us answer; gives our answer."""
    await port.signal({"description": json.loads(await page.evaluate(CONNECT))})
    async for event in port.events:
        if isinstance(event, Signal):
            answer = dict(event.data["description"])
            # Chromium sends by what stands first in the answer: ours asks for none, others may.
            answer["sdp"] = answer["sdp"].replace("SAVPF 111 63", "SAVPF 63 111")
            await page.evaluate(f"peer.setRemoteDescription({json.dumps(answer)})")
            await page.wait_for("peer.connectionState === 'connected'")
            return answer["sdp"]
    raise AssertionError("no answer")


async def figures(page: Page) -> dict[str, float]:
    return json.loads(await page.evaluate(INBOUND))


def test_what_bursts_take_is_heard_at_both_ends_all_the_same() -> None:
    async def main() -> None:
        async with (
            open_chromium() as browser,
            open_media_engine() as engine,
            engine.open_line() as line,
            line.open_port(loopback=True) as port,
        ):
            page = await browser.open_page("about:blank")
            answer = await offered(page, port)
            assert "a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\n" in answer
            wire = port._wire
            wire.send_rtp = losing(wire.send_rtp, 1)
            wire._on_rtp = losing(wire._on_rtp, 2)
            before, after, heard = await talk(page, line, port)
            got = {name: after[name] - before[name] for name in COUNTS}
            # Of what we sent Chromium missed about one in twelve, and made up a fraction of that.
            lost = got["packetsLost"] / (got["packetsLost"] + got["packetsReceived"])
            assert lost > LOSS / 2
            assert got["fecPacketsReceived"] > got["packetsReceived"]
            assert got["concealedSamples"] / got["totalSamplesReceived"] < lost / 2
            # Chromium brings one packet again in the next: all that is lost alone, and each burst's
            # last.
            assert heard.copies > 0.9 * (heard.received - heard.lost)
            assert heard.restored > heard.lost / 5
            assert heard.recovered > heard.restored * 0.02 - 0.05
            assert (heard.duplicate, heard.malformed, heard.stray) == (0, 0, 0)

    trio.run(main)


async def talk(
    page: Page, line: MediaLine, port: WebRtcPort
) -> tuple[dict[str, float], dict[str, float], JitterStatistics]:
    speech, encoding, listening = read_wav(SPEECH).samples, Encoding("opus"), Listening()
    encoding.expect_loss(LOSS)
    before: dict[str, float] = {}
    for tick in range(50 * SECONDS):
        passed = await line.tick()
        at = tick * 320 % (len(speech) - 320)
        for packet in encoding.packets(AudioFrame(speech[at : at + 320].copy(), 16000)):
            line.playout.put(packet)
        listening.add(("page", "microphone"), port.received())
        listening.tick(passed, trio.current_time(), lambda heard: None)
        if tick == 50 * LEARNED:
            before = await figures(page)
    (heard,) = listening.statistics().values()
    listening.close()
    encoding.close()
    return before, await figures(page), heard
