"""The browser's network address changes in mid-call: the voice is back, under the same id."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
import trio
from chromium import open_chromium
from real_parts import SPEECH
from scene import ON_STAGE, remote_track
from talk_command import talking
from two_networks import cable

from actors.call.address import MeetingAddress
from actors.call.signalling import Signalling
from actors.protocol import Join, Joined

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("chromium", "human_speech")]

BACK_WITHIN = 5.0
ECHO = Path(__file__).parents[2] / "examples" / "agents" / "echo.py"

# How loud the agent's echo is, whichever connection carries it.
LISTEN = """(() => {
    const context = new AudioContext();
    globalThis.loudness = 0;
    let track, source;
    setInterval(() => {
        const now = %s;
        if (now === track || !now) return;
        track = now;
        source?.disconnect();
        source = context.createMediaStreamSource(new MediaStream([track]));
        const analyser = context.createAnalyser();
        source.connect(analyser);
        const samples = new Float32Array(analyser.fftSize);
        const mine = track;
        setInterval(() => {
            if (mine !== track) return;
            analyser.getFloatTimeDomainData(samples);
            loudness = Math.max(...samples.map(Math.abs));
            if (loudness > 0.05) globalThis.heardAt = performance.now() / 1000;
        }, 20);
    }, 20);
    globalThis.states = [];
    callboard.on("state", ({ state }) => states.push(state));
})()"""
NOW = "performance.now() / 1000"


def test_audio_is_back_within_5_s_of_another_address() -> None:
    async def main() -> None:
        with cable() as wire:
            wire.give("10.77.0.2")
            async with (
                talking(str(ECHO), "--host", wire.there, under=wire.run_there) as url,
                open_chromium(
                    microphone=SPEECH,
                    repeat=True,
                    flags=(
                        "--autoplay-policy=no-user-gesture-required",
                        # As if it came by HTTPS: else there is no microphone.
                        f"--unsafely-treat-insecure-origin-as-secure={url.rsplit('/', 1)[0]}",
                    ),
                ) as browser,
            ):
                page = await browser.open_page(url)
                await page.wait_for("callboard.media.microphone")
                await page.evaluate("document.querySelector('#name').value = 'Alice'")
                await page.click("#join")
                await page.wait_for(ON_STAGE)
                await page.wait_for(remote_track())
                await page.evaluate(LISTEN % remote_track())
                await page.wait_for("globalThis.heardAt")
                await trio.sleep(2)
                before = await page.evaluate("callboard.id")

                wire.take("10.77.0.2")
                wire.give("10.77.0.3")
                changed = await page.evaluate(NOW)
                # What was under way may still be heard for a moment.
                await page.wait_for(f"heardAt > {changed} + 1", timeout=20)
                back = await page.evaluate("heardAt")

                assert await page.evaluate("callboard.id") == before
                assert await page.evaluate("states") == ["reconnecting", "joined"]
                assert await page.evaluate("callboard.participants.size") == 1
                assert back - changed <= BACK_WITHIN

    trio.run(main)


def test_a_program_notices_too_and_resumes() -> None:
    async def main() -> None:
        with cable() as wire:
            wire.give("10.77.0.2")
            async with (
                talking(str(ECHO), "--host", wire.there, under=wire.run_there) as url,
                trio.open_nursery() as nursery,
            ):
                channel = Signalling(MeetingAddress.parse(url), Join(name="Program"), rng=Random(1))
                before = await nursery.start(channel.run)
                wire.take("10.77.0.2")
                wire.give("10.77.0.3")
                with trio.fail_after(10):
                    while not isinstance(again := await channel.receive(), Joined):
                        pass
                assert (again.id, again.resumed) == (before.id, True)
                nursery.cancel_scope.cancel()

    trio.run(main)
