"""Devices that a session publishes as custom tracks, and renderers of single tracks."""

import numpy as np
import pytest
import trio
from sessions import Lobby, connected, in_lobby, loudness, tone

from actors.devices import open_devices
from actors.errors import CallError, DeviceBusyError
from media import AudioFrame


def test_a_device_is_published_as_a_custom_track_and_rendered_for_itself() -> None:
    async def body(lobby: Lobby) -> None:
        async with lobby.join("Ada") as ada, lobby.join("Bob") as bob, open_devices() as devices:
            await connected(ada, bob)
            heard: dict[str, list[AudioFrame]] = {"microphone": [], "audio:radio": []}
            for kind, frames in heard.items():
                bob.render_audio(ada.id, frames.append, kind=kind)
            radio, other = devices.microphone("radio", 48_000, 2), devices.microphone("other")
            ada.publish("radio", radio)
            microphone = ada.microphone()
            await trio.sleep(1)
            (track,) = bob.participants[ada.id].tracks.values()
            assert (track.kind, track.name) == ("audio", "radio")

            def pitches(kind: str) -> list[int]:
                pcm = b"".join(frame.to_bytes() for frame in heard[kind][-40:])
                return [pitch for pitch in (440, 600, 1000) if loudness(pcm, pitch) > 5000]

            async with trio.open_nursery() as nursery:
                nursery.start_soon(microphone.write, tone(440, 1.2))
                nursery.start_soon(radio.write, np.repeat(tone(1000, 1.2, 48_000), 2))
                await trio.sleep(1.1)
                assert pitches("microphone") == [440]
                assert pitches("audio:radio") == [1000]
            # Another device takes its place; the track stays.
            ada.publish("radio", other)
            assert radio.state == "unattached"
            async with trio.open_nursery() as nursery:
                nursery.start_soon(other.write, tone(600, 1.2))
                await trio.sleep(1.1)
                assert pitches("audio:radio") == [600]
            bob.subscribe(ada.id, tracks={"audio:radio": False})
            before = len(heard["audio:radio"])
            await other.write(tone(600, 0.5))
            assert len(heard["audio:radio"]) == before
            bob.subscribe(ada.id, tracks={"audio:radio": True})
            await other.write(tone(600, 0.5))
            assert len(heard["audio:radio"]) > before + 10
            # A device that is closed is published no more, and its track falls silent.
            other.close()
            await trio.sleep(0.5)
            assert bob.participants[ada.id].tracks == {}
            before = len(heard["audio:radio"])
            await trio.sleep(0.5)
            assert len(heard["audio:radio"]) == before

    in_lobby(body)


def test_a_microphone_may_be_the_sound_of_the_screen_which_is_no_voice() -> None:
    async def body(lobby: Lobby) -> None:
        async with lobby.join("Ada") as ada, lobby.join("Bob") as bob, open_devices() as devices:
            await connected(ada, bob)
            heard: dict[str, list[AudioFrame]] = {"microphone": [], "screen_audio": []}
            for kind, frames in heard.items():
                bob.render_audio(ada.id, frames.append, kind=kind)
            film, other = devices.microphone("film", 48_000, 2), devices.microphone("other")
            ada.attach(film, shown="screen")
            assert bob.speaker().state == film.state == "running"
            with pytest.raises(DeviceBusyError, match="one sound, and 'film'"):
                ada.attach(other, shown="screen")
            microphone, speaker = ada.microphone(), bob.speaker("everything")

            def pitches(pcm: bytes) -> list[int]:
                return [pitch for pitch in (440, 600, 1000) if loudness(pcm, pitch) > 5000]

            def rendered(kind: str) -> bytes:
                return b"".join(frame.to_bytes() for frame in heard[kind][-25:])

            async with trio.open_nursery() as nursery:
                nursery.start_soon(microphone.write, tone(440, 1.2))
                nursery.start_soon(film.write, np.repeat(tone(1000, 1.2, 48_000), 2))
                await trio.sleep(1.1)
                assert pitches(rendered("microphone")) == [440]
                assert pitches(rendered("screen_audio")) == [1000]
                assert pitches(speaker.read_nowait(16_000)[-16_000:]) == [440, 1000]
            # No custom track, and no microphone either: nobody is told of one.
            assert bob.participants[ada.id].tracks == {}
            ada.detach(film)
            ada.attach(other, shown="screen")
            async with trio.open_nursery() as nursery:
                nursery.start_soon(other.write, tone(600, 1.2))
                await trio.sleep(1.1)
                assert pitches(rendered("screen_audio")) == [600]

    in_lobby(body)


def test_what_cannot_be_published_stays_unattached() -> None:
    async def body(lobby: Lobby) -> None:
        async with lobby.join("Ada") as ada, open_devices() as devices:
            cameras = [devices.camera(f"camera {number}", 64, 48) for number in range(17)]
            for number, camera in enumerate(cameras[:16]):
                ada.publish(f"track {number}", camera)
            with pytest.raises(CallError, match="16 custom tracks at most"):
                ada.publish("one more", cameras[16])
            assert cameras[16].state == "unattached"
            with pytest.raises(DeviceBusyError, match="is attached to a call"):
                ada.publish("again", cameras[0])
            ada.detach(cameras[0])
            ada.publish("one more", cameras[16])

    in_lobby(body)
