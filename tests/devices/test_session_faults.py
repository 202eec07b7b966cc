"""Sessions while something breaks: a part crashes, a callback raises, joining is cancelled."""

import logging

import numpy as np
import pytest
import trio
from sessions import Lobby, connected, in_lobby, loudness, tone

from actors.errors import CallEnded


def test_the_ports_crash_and_devices_and_renderers_go_on() -> None:
    async def body(lobby: Lobby) -> None:
        async with lobby.join("Ada") as ada, lobby.join("Bob") as bob:
            await connected(ada, bob)
            microphone, speaker = ada.microphone(), bob.speaker()
            frames: list[int] = []
            bob.render_audio(ada.id, lambda frame: frames.append(len(frame)))
            async with trio.open_nursery() as nursery:
                nursery.start_soon(microphone.write, tone(440, 4))
                await speaker.read(16_000)
                for session in (ada, bob):
                    session._life._running.kill("session_ports")
                await speaker.read(8_000)
                before = len(frames)
                pcm = await speaker.read(16_000)
            assert loudness(pcm, 440) > 6500
            assert len(frames) - before >= 45
            assert microphone.statistics().dropped == 0

    in_lobby(body)


def test_a_call_that_breaks_down_ends_the_session_and_not_the_program() -> None:
    async def body(lobby: Lobby) -> None:
        async with lobby.join("Ada") as ada:
            microphone = ada.microphone()
            ada._life._running.kill("call")
            with trio.fail_after(1):
                reason = await ada.wait_ended()
            assert reason.startswith("the call broke down")
            with pytest.raises(CallEnded, match="broke down"):
                await microphone.write(b"\0\0")
            assert [event async for event in ada.events()] == []

    in_lobby(body)


def test_a_callback_that_raises_is_told_with_its_place_and_without_its_message(caplog) -> None:
    async def body(lobby: Lobby) -> None:
        async with lobby.join("Ada") as ada, lobby.join("Bob") as bob:
            await connected(ada, bob)

            said = "".join(["what ", "somebody ", "said"])

            def whoever_wrote_this(frame) -> None:
                raise ValueError(said)

            bob.render_audio(ada.id, whoever_wrote_this)
            await trio.sleep(1)
            assert bob._life.failures > 40

    with caplog.at_level(logging.ERROR, logger="callboard"):
        in_lobby(body)
    told = [record.getMessage() for record in caplog.records if "callback" in record.getMessage()]
    assert len(told) == 2  # the first and the tenth
    assert all("ValueError" in text and "whoever_wrote_this" in text for text in told)
    assert not any("what somebody said" in text for text in told)


class CancelAtStep(trio.abc.Instrument):
    """Cancels a scope at the n-th step of any task."""

    def __init__(self, scope: trio.CancelScope, steps: int) -> None:
        self.scope, self.steps = scope, steps

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        self.steps -= 1
        if self.steps == 0:
            self.scope.cancel()


@pytest.mark.parametrize("steps", range(1, 240, 5))
def test_joining_talking_and_leaving_may_be_cancelled_at_any_step(steps: int) -> None:
    async def body(lobby: Lobby) -> None:
        async with lobby.join("Bob") as bob:
            await trio.sleep(0.1)
            with trio.move_on_after(5) as scope:
                cancel = CancelAtStep(scope, steps)
                trio.lowlevel.add_instrument(cancel)
                async with lobby.join("Ada") as ada:
                    await ada.microphone().write(tone(440, 0.3))
                    await ada.speaker().read(1600)
            trio.lowlevel.remove_instrument(cancel)
            await trio.sleep(0.5)
            assert bob.participants == {}
            assert bob.ended is None
            # and the room takes the next one
            async with lobby.join("Ada") as ada:
                await connected(ada, bob)

    in_lobby(body)


def test_48_khz_carries_what_16_khz_cannot() -> None:
    async def body(lobby: Lobby) -> None:
        async with (
            lobby.join("Ada") as ada,
            lobby.join("Bob", sample_rate=48_000) as bob,
            lobby.join("Cy") as cy,
        ):
            await connected(ada, bob, cy)
            microphone = ada.microphone("m", 48_000)
            wide, narrow = bob.speaker("s", 48_000), cy.speaker("s", 48_000)
            heard: dict[str, bytes] = {}

            async def listen(name: str, speaker) -> None:
                await speaker.read(48_000)
                heard[name] = await speaker.read(24_000)

            async with trio.open_nursery() as nursery:
                nursery.start_soon(microphone.write, tone(10_000, 2, 48_000))
                nursery.start_soon(listen, "wide", wide)
                nursery.start_soon(listen, "narrow", narrow)
            assert loudness(heard["wide"], 10_000, 48_000) > 3000
            assert loudness(heard["narrow"], 10_000, 48_000) < 100
            assert np.frombuffer(heard["narrow"], np.int16).std() < 500

    in_lobby(body)


def test_camera_and_screen_are_seen_apart_and_shown_as_on() -> None:
    async def body(lobby: Lobby) -> None:
        async with lobby.join("Ada") as ada, lobby.join("Bob") as bob:
            await connected(ada, bob)
            seen: dict[str, list[int]] = {"camera": [], "screen": []}
            for kind in ("camera", "screen"):
                bob.render_video(
                    ada.id,
                    lambda frame, kind=kind: seen[kind].append(int(frame.pixels[0])),
                    color_format="RGB",
                    kind=kind,
                )
            camera, screen = ada.camera("c", 32, 32), ada.screen("s", 64, 32)
            for _ in range(10):
                camera.write(np.full((32, 32, 4), 255, np.uint8))
                screen.write(np.zeros((32, 64, 4), np.uint8))
                await trio.sleep(0.2)
            assert min(seen["camera"]) > 250
            assert max(seen["screen"]) < 5
            media = bob.participants[ada.id].media
            assert (media.microphone, media.camera, media.screen) == (False, True, True)
            screen.close()
            await trio.sleep(0.1)
            assert not bob.participants[ada.id].media.screen
            before = len(seen["camera"])
            bob.subscribe(ada.id, video=False)
            for _ in range(5):
                camera.write(np.full((32, 32, 4), 255, np.uint8))
                await trio.sleep(0.2)
            assert len(seen["camera"]) <= before + 1

    in_lobby(body)
