"""Devices of a session and a browser: both hear and see each other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import trio
from chromium.ears import RATE, record
from real_parts import Photograph
from scene import open_scene, remote_track
from test_camera import CORNERS, HEIGHT, WIDTH, look, pattern

from actors.session import Session, open_call
from media import COLOR_FORMATS, VideoFrame
from media.color import convert

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("chromium")]


async def show(session: Session, color_format) -> None:
    """Shows the pattern in one colour format until cancelled."""
    picture = pattern()
    pixels = convert(picture.pixels, WIDTH, HEIGHT, "RGB", color_format)
    name = f"camera in {color_format}"
    with session.camera(name, WIDTH, HEIGHT, color_format=color_format) as camera:
        while True:
            camera.write(pixels)
            await trio.sleep(1 / 15)


def test_chromium_sees_the_right_colours_in_every_format(photograph: Photograph) -> None:
    async def main() -> None:
        async with open_scene() as scene, open_call(scene.url, name="Painter") as session:
            alice = await scene.joined("Alice")
            for color_format in COLOR_FORMATS:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(show, session, color_format)
                    await alice.wait_for(f"{remote_track('camera')}?.muted === false")
                    seen = await look(alice, remote_track("camera"))
                    assert seen["size"] == [WIDTH, HEIGHT], color_format
                    expected = [*CORNERS.values(), (120, 120, 120)]
                    for pixel, wanted in zip(seen["pixels"], expected, strict=True):
                        assert pixel == pytest.approx(wanted, abs=14), color_format
                    if color_format == "BGRA":
                        await photograph(alice, "camera-device")
                    nursery.cancel_scope.cancel()
            assert alice.complaints == []

    trio.run(main)


def test_a_microphone_is_heard_and_a_speaker_and_renderers_hear_and_see(
    human_speech: Path,
) -> None:
    async def main() -> None:
        async with (
            open_scene(human_speech) as scene,
            open_call(scene.url, name="Singer") as session,
        ):
            alice = await scene.joined("Alice")
            await alice.press("v")
            await alice.wait_for(f"{remote_track()}?.muted === false")
            (who,) = session.participants
            pictures: list[VideoFrame] = []
            voice: list[float] = []
            session.render_video(who, pictures.append, color_format="RGB")
            session.render_audio(who, lambda frame: voice.append(frame.samples.std()), interval=0.1)
            speaker = session.speaker("ear", 24_000)
            times = np.arange(24_000 * 8) / 24_000
            tone = (9000 * np.sin(2 * np.pi * 440 * times)).astype(np.int16)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(session.microphone("mouth", 24_000).write, tone)
                await trio.sleep(1)  # the browser stretches the first second
                heard = await record(alice, remote_track(), 2)
                pcm = np.frombuffer(await speaker.read(24_000 * 2), np.int16)
                nursery.cancel_scope.cancel()
            line = heard[-RATE:].astype(float)
            spectrum = np.abs(np.fft.rfft(line * np.hanning(len(line))))
            assert spectrum.argmax() * RATE / len(line) == pytest.approx(440, abs=5)
            assert pcm.std() > 300
            assert len(voice) >= 20
            assert max(voice) > 300
            assert len(pictures) > 10
            assert {picture.color_format for picture in pictures} == {"RGB"}
            assert alice.complaints == []

    trio.run(main)
