"""A call that is used directly: who is there, what is said, what is heard, and how it ends."""

import numpy as np
import pytest
import trio
from sessions import Lobby, connected, in_lobby, loudness, tone

from actors.call.roster import ActiveSpeaker
from actors.devices import open_devices
from actors.errors import (
    BadAddressError,
    CallEnded,
    DeviceBusyError,
    DeviceClosedError,
    DuplicateNameError,
    RefusedError,
)
from actors.messages import ChatMessage, ParticipantEvent, State
from actors.session import Session
from callboard.testing.synthetic import synthesize


def test_what_one_writes_the_other_reads() -> None:
    async def body(lobby: Lobby) -> None:
        async with lobby.join("Ada") as ada, lobby.join("Bob") as bob:
            await connected(ada, bob)
            microphone, speaker = ada.microphone("mic", 24_000), bob.speaker("ear", 8_000)
            assert (microphone.state, speaker.state) == ("running", "running")
            async with trio.open_nursery() as nursery:
                nursery.start_soon(microphone.write, tone(440, 2, 24_000))
                await speaker.read(8_000)
                pcm = await speaker.read(4_000)
            assert 7000 < loudness(pcm, 440, 8_000) < 9000
            assert microphone.statistics().unheard == 0

    in_lobby(body)


TALE = "the quick brown fox jumps over the lazy dog and then it runs away"
"""Spoken at 60 ms a letter."""


def correlation(part: np.ndarray, whole: np.ndarray) -> float:
    """The best correlation of a part with any place of the whole."""
    part = part.astype(float) - part.mean()
    size = 1 << (len(whole) + len(part)).bit_length()
    product = np.fft.irfft(np.fft.rfft(whole, size) * np.conj(np.fft.rfft(part, size)), size)
    energy = np.convolve(whole.astype(float) ** 2, np.ones(len(part)), "valid")
    return float((product[: len(energy)] / np.sqrt(energy * (part**2).sum() + 1e-9)).max())


def test_a_bots_sound_arrives_as_it_was_written() -> None:
    async def body(lobby: Lobby) -> None:
        async with lobby.join("Bot") as bot, lobby.join("Ada") as ada:
            await connected(bot, ada)
            # 4 s that are nowhere like themselves; Opus keeps the wave of a voice, not of a sweep.
            written = synthesize(TALE)[:64_000]
            speaker = ada.speaker()
            async with trio.open_nursery() as nursery:

                async def say() -> None:
                    microphone = bot.microphone()
                    for start in range(0, len(written), 1600):  # 100 ms, as a WAV is read
                        await microphone.write(written[start : start + 1600].tobytes())

                began = trio.current_time()
                nursery.start_soon(say)
                heard = np.frombuffer(await speaker.read(64_000), np.int16)
                assert 0.95 <= (trio.current_time() - began) / 4 <= 1.1
            windows = [heard[start : start + 8000] for start in range(8000, 56_000, 8000)]
            assert min(correlation(window, written) for window in windows) >= 0.9

    in_lobby(body)


def test_several_microphones_of_a_session_are_mixed() -> None:
    async def body(lobby: Lobby) -> None:
        async with lobby.join("Ada") as ada, lobby.join("Bob") as bob:
            await connected(ada, bob)
            first = ada.microphone("first", 16_000)
            second = ada.microphone("second", 44_100, 2)
            speaker = bob.speaker("ear")
            async with trio.open_nursery() as nursery:
                nursery.start_soon(first.write, tone(440, 2))
                nursery.start_soon(second.write, np.repeat(tone(1000, 2, 44_100), 2))
                await speaker.read(16_000)
                pcm = await speaker.read(8_000)
            assert loudness(pcm, 440) > 7000
            assert loudness(pcm, 1000) > 7000
            assert loudness(pcm, 700) < 200

    in_lobby(body)


def test_several_speakers_are_distinct_one_voice_all_but_one_and_all() -> None:
    async def body(lobby: Lobby) -> None:
        async with lobby.join("Ada") as ada, lobby.join("Bob") as bob, lobby.join("Cy") as cy:
            await connected(ada, bob, cy)
            speakers = [
                cy.speaker("all"),
                cy.speaker("only", only=ada.id),
                cy.speaker("without", without=ada.id),
            ]
            heard: dict[str, bytes] = {}

            async def listen(index: int) -> None:
                await speakers[index].read(16_000)
                heard[speakers[index].name] = await speakers[index].read(8_000)

            async with trio.open_nursery() as nursery:
                nursery.start_soon(ada.microphone().write, tone(440, 2))
                nursery.start_soon(bob.microphone().write, tone(1000, 2))
                for index in range(3):
                    nursery.start_soon(listen, index)
            loud = {
                name: (loudness(pcm, 440) > 7000, loudness(pcm, 1000) > 7000)
                for name, pcm in heard.items()
            }
            assert loud == {"all": (True, True), "only": (True, False), "without": (False, True)}
            assert loudness(heard["only"], 1000) < 100
            assert loudness(heard["without"], 440) < 100

    in_lobby(body)


def test_two_clients_with_two_microphones_and_speakers_each_are_all_distinct() -> None:
    async def body(lobby: Lobby) -> None:
        async with lobby.join("Ada") as ada, lobby.join("Bob") as bob:
            await connected(ada, bob)
            pitches = {ada: (300, 500), bob: (800, 1300)}
            heard: dict[tuple[str, str], bytes] = {}

            async def use(session: Session) -> None:
                async with trio.open_nursery() as nursery:
                    for number, pitch in enumerate(pitches[session]):
                        microphone = session.microphone(f"mic-{number}")
                        nursery.start_soon(microphone.write, tone(pitch, 2))
                        speaker = session.speaker(f"ear-{number}", 16_000 if number else 48_000)
                        nursery.start_soon(listen, session, speaker)

            async def listen(session: Session, speaker) -> None:
                await speaker.read(speaker.sample_rate)
                pcm = await speaker.read(speaker.sample_rate // 2)
                heard[session.id, speaker.name] = pcm

            async with trio.open_nursery() as nursery:
                nursery.start_soon(use, ada)
                nursery.start_soon(use, bob)
            for session, other in ((ada, bob), (bob, ada)):
                for name, rate in (("ear-0", 48_000), ("ear-1", 16_000)):
                    pcm = heard[session.id, name]
                    assert all(loudness(pcm, pitch, rate) > 7000 for pitch in pitches[other])
                    assert all(loudness(pcm, pitch, rate) < 200 for pitch in pitches[session])

    in_lobby(body)


def test_who_is_not_subscribed_to_is_silent_until_he_is() -> None:
    async def body(lobby: Lobby) -> None:
        async with lobby.join("Ada") as ada, lobby.join("Bob") as bob:
            await connected(ada, bob)
            speaker = bob.speaker()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(ada.microphone().write, tone(440, 3))
                await speaker.read(8_000)
                bob.subscribe(ada.id, audio=False)
                await speaker.read(1_600)
                muted = await speaker.read(8_000)
                bob.subscribe(ada.id, audio=True)
                await speaker.read(1_600)
                heard = await speaker.read(8_000)
            assert not any(muted)
            assert loudness(heard, 440) > 7000

    in_lobby(body)


def test_alone_a_microphone_plays_unheard_and_a_speaker_is_silent_in_real_time() -> None:
    async def body(lobby: Lobby) -> None:
        async with lobby.join("Ada") as ada:
            microphone, speaker = ada.microphone(), ada.speaker()
            start = trio.current_time()
            await microphone.write(tone(440, 1))
            await microphone.flush()
            assert trio.current_time() - start == pytest.approx(1.0, abs=1e-6)
            assert microphone.statistics().unheard == 16_000
            start = trio.current_time()
            speaker.clear()
            assert not any(await speaker.read(16_000))
            assert trio.current_time() - start == pytest.approx(1.0, abs=0.021)

    in_lobby(body)


def test_participants_and_events_from_the_first_to_come_to_the_last_to_leave() -> None:
    async def body(lobby: Lobby) -> None:
        seen: list[tuple[str, str]] = []

        async def follow(session: Session) -> None:
            async for event in session.events():
                match event:
                    case ParticipantEvent(kind=kind, participant=who):
                        seen.append((kind, who.name))
                    case ChatMessage(data=data):
                        seen.append(("message", str(data)))
                    case ActiveSpeaker(participant=who):
                        seen.append(("speaks", session.participants[who].name))
            seen.append(("end", ""))

        async with (
            trio.open_nursery() as nursery,
            lobby.join("Early") as early,
            lobby.join("Ada") as ada,
        ):
            assert [who.name for who in ada.participants.values()] == ["Early"]
            nursery.start_soon(follow, ada)
            await connected(early, ada)
            async with lobby.join("Bob", user_data={"role": "guest"}) as bob:
                await connected(early, ada, bob)
                who = ada.participants[bob.id]
                assert who.user_data == {"role": "guest"}
                bob.send({"n": 1})
                bob.send({"n": 2}, to=early.id)
                microphone = bob.microphone()
                await microphone.write(tone(440, 0.5))
                await trio.sleep(0.5)
                assert ada.active_speaker == bob.id
                assert ada.participants[bob.id].media.microphone
                bob.detach(microphone)
                await trio.sleep(0.1)
                assert not ada.participants[bob.id].media.microphone
        kinds = [each for each in seen if each[0] != "updated"]
        assert kinds == [
            ("joined", "Early"),
            ("connected", "Early"),
            ("joined", "Bob"),
            ("connected", "Bob"),
            ("message", "{'n': 1}"),
            ("speaks", "Bob"),
            ("left", "Bob"),
            ("end", ""),
        ]

    in_lobby(body)


def test_hidden_participants_hear_and_are_only_counted() -> None:
    async def body(lobby: Lobby) -> None:
        signer = lobby.room.rooms.house.signer
        token = signer.meeting_token("lobby", seconds=60, hidden=True)
        async with lobby.join("Ada") as ada, lobby.join("Spy", token=token) as spy:
            events = spy.events()
            with trio.fail_after(5):
                while ada.id not in spy.connected:
                    await anext(events)
            assert ada.participants == {}
            assert ada.hidden == 1
            assert [who.name for who in spy.participants.values()] == ["Ada"]
            async with trio.open_nursery() as nursery:
                speaker = spy.speaker()
                nursery.start_soon(ada.microphone().write, tone(440, 1))
                pcm = await speaker.read(16_000)
            assert loudness(pcm[16_000:], 440) > 6000

    in_lobby(body)


def test_an_owner_switches_media_and_an_agent_shows_its_state() -> None:
    async def body(lobby: Lobby) -> None:
        signer = lobby.room.rooms.house.signer
        token = signer.meeting_token("lobby", seconds=60, owner=True)
        async with lobby.join("Owner", token=token) as owner, lobby.join("Bot", agent=True) as bot:
            await connected(owner, bot)
            bot.microphone()
            await trio.sleep(0.1)
            assert bot.own.media.microphone
            owner.administer(bot.id, permissions={"microphone": False})
            await trio.sleep(0.1)
            assert not owner.participants[bot.id].permissions.microphone
            assert not bot.own.media.microphone
            bot.tell(State("thinking"))
            assert lobby.room.rooms.meetings["lobby"].seats[bot.id].last_state is not None

    in_lobby(body)


def test_a_second_stream_of_events_begins_with_who_is_there() -> None:
    async def body(lobby: Lobby) -> None:
        async with lobby.join("Ada") as ada, lobby.join("Bob") as bob:
            await connected(ada, bob)
            first, second = ada.events(), ada.events()
            for stream in (first, second):
                event = await anext(stream)
                assert isinstance(event, ParticipantEvent)
                assert (event.kind, event.participant.name) == ("joined", "Bob")

    in_lobby(body)


def test_leaving_plays_what_is_queued_for_at_most_300_ms() -> None:
    async def body(lobby: Lobby) -> None:
        async with lobby.join("Bob") as bob:
            speaker = bob.speaker()
            async with lobby.join("Ada") as ada:
                await connected(ada, bob)
                microphone = ada.microphone()
                await microphone.write(tone(440, 0.2))
                start = trio.current_time()
            assert 0.2 <= trio.current_time() - start <= 0.3
            pcm = np.frombuffer(speaker.read_nowait(16_000), np.int16)
            loud = np.flatnonzero(np.abs(pcm) > 100)
            assert loud[-1] - loud[0] > 0.19 * 16_000
            with pytest.raises(CallEnded, match="left"):
                await microphone.write(tone(440, 0.1))

    in_lobby(body)


def test_the_last_word_of_whoever_leaves_is_heard_to_its_end() -> None:
    def uneven(sent: float) -> float:
        """Every fifth packet comes 60 ms later, so the others' buffers hold that much."""
        return sent + 0.06 * (round(50 * sent) % 5 == 0)

    async def body(lobby: Lobby) -> None:
        async with lobby.join("Bob") as bob:
            speaker = bob.speaker()
            async with lobby.join("Ada") as ada:
                await connected(ada, bob)
                last = tone(1500, 0.04)
                await ada.microphone().write(np.concatenate((tone(440, 0.76), last)))
            pcm = await speaker.read(16_000)
            # Opus holds 6.5 ms back, and a late packet is not waited for.
            assert loudness(pcm, 1500) * 16_000 > 0.6 * 8000 * len(last)

    in_lobby(body, uneven)


def test_leaving_twice_is_leaving_once_and_rejoining_ten_times_works() -> None:
    async def body(lobby: Lobby) -> None:
        async with lobby.join("Bob") as bob:
            for _ in range(10):
                async with lobby.join("Ada") as ada:
                    await connected(ada, bob)
                    await ada.leave()
                    await ada.leave()
                    assert ada.ended == "the call was left"
            await trio.sleep(0.1)
            assert bob.participants == {}

    in_lobby(body)


def test_a_call_that_is_ended_from_outside_ends_iteration_and_raises_at_the_next_use() -> None:
    async def body(lobby: Lobby) -> None:
        token = lobby.room.rooms.house.signer.meeting_token("lobby", seconds=60, owner=True)
        async with lobby.join("Owner", token=token) as owner, lobby.join("Ada") as ada:
            microphone, speaker, camera = ada.microphone(), ada.speaker(), ada.camera()
            async with open_devices() as devices:
                mine = devices.microphone("mine")
                ada.attach(mine)
                owner.eject(ada.id)
                with trio.fail_after(1):
                    async for _ in ada.events():
                        pass
                    await ada.wait_ended()
                for use in (
                    lambda: microphone.write(b"\0\0"),
                    lambda: speaker.read(160),
                    microphone.flush,
                ):
                    with pytest.raises(CallEnded):
                        await use()
                with pytest.raises(CallEnded):
                    camera.write(bytes(640 * 480 * 4))
                with pytest.raises(CallEnded):
                    ada.send("too late")
                with pytest.raises(CallEnded):
                    ada.microphone("another")
                assert mine.state == "unattached"
                assert await mine.write(b"\0\0") == 1

    in_lobby(body)


def test_who_waits_in_a_write_or_a_read_hears_that_the_call_is_over() -> None:
    async def body(lobby: Lobby) -> None:
        async with lobby.join("Ada") as ada:
            microphone, speaker = ada.microphone(), ada.speaker()
            over: list[str] = []

            async def use(work) -> None:
                try:
                    await work()
                except CallEnded as error:
                    over.append(str(error))

            async with trio.open_nursery() as nursery:
                nursery.start_soon(use, lambda: microphone.write(tone(440, 30)))
                nursery.start_soon(use, lambda: speaker.read(30 * 16_000))
                await trio.sleep(1)
                await ada.leave()
            assert over == ["the call was left"] * 2

    in_lobby(body)


def test_refused_and_bad_addresses_are_told_as_themselves() -> None:
    async def body(lobby: Lobby) -> None:
        with pytest.raises(RefusedError) as refused:
            async with lobby.join("Ada", token="nonsense"):
                raise AssertionError("unreachable")
        assert refused.value.code == "bad_token"

    in_lobby(body)

    async def main() -> None:
        from actors.session import open_call

        with pytest.raises(BadAddressError, match="names no room"):
            async with open_call("http://127.0.0.1:1/"):
                raise AssertionError("unreachable")

    trio.run(main)


def test_what_the_block_raises_comes_out_as_it_is() -> None:
    async def body(lobby: Lobby) -> None:
        async def fail() -> None:
            async with lobby.join("Ada") as ada:
                ada.microphone()
                raise KeyError("mine")

        with pytest.raises(KeyError, match="mine"):
            await fail()

    in_lobby(body)


def test_cancelling_the_block_leaves_at_once() -> None:
    async def body(lobby: Lobby) -> None:
        async with lobby.join("Bob") as bob:
            with trio.move_on_after(1) as scope:
                async with lobby.join("Ada") as ada:
                    await ada.microphone().write(tone(440, 60))
            assert scope.cancelled_caught
            assert trio.current_time() == pytest.approx(1.0, abs=0.1)
            await trio.sleep(0.1)
            assert bob.participants == {}

    in_lobby(body)


def test_an_interrupted_turn_is_not_played() -> None:
    async def body(lobby: Lobby) -> None:
        async with lobby.join("Ada") as ada, lobby.join("Bob") as bob:
            await connected(ada, bob)
            microphone, speaker = ada.microphone(), bob.speaker()
            async with trio.open_nursery() as nursery:

                async def reply() -> None:
                    assert await microphone.write(tone(440, 10), turn=1) == 160_000

                nursery.start_soon(reply)
                await trio.sleep(1)
                ada.interrupt(1)
                start = trio.current_time()
            assert trio.current_time() == start  # the writer does not wait any more
            speaker.clear()
            await speaker.read(1_600)
            assert loudness(await speaker.read(8_000), 440) < 10
            statistics = microphone.statistics()
            assert statistics.played + statistics.dropped == 160_000

    in_lobby(body)


def test_a_device_belongs_to_one_call_and_a_call_to_one_camera() -> None:
    async def body(lobby: Lobby) -> None:
        async with lobby.join("Ada") as ada, lobby.join("Bob") as bob, open_devices() as devices:
            microphone = devices.microphone("mine")
            ada.attach(microphone)
            with pytest.raises(DeviceBusyError, match="'mine'"):
                bob.attach(microphone)
            bob.detach(microphone)
            assert microphone.state == "running"
            ada.detach(microphone)
            bob.attach(microphone)
            ada.camera("first")
            with pytest.raises(DeviceBusyError, match="first"):
                ada.camera("second")
            microphone.close()
            with pytest.raises(DeviceClosedError):
                ada.attach(microphone)
            with pytest.raises(DuplicateNameError):
                ada.camera("first")
            with ada.screen("shared"):
                assert ada.own.media.screen is False  # the room has not answered yet
                await trio.sleep(0.1)
                assert ada.own.media.screen
            ada.screen("shared")  # at once, in the place of the one that was closed

    in_lobby(body)


def test_renderers_get_one_participants_audio_at_any_interval_until_they_unsubscribe() -> None:
    async def body(lobby: Lobby) -> None:
        async with lobby.join("Ada") as ada, lobby.join("Bob") as bob, lobby.join("Cy") as cy:
            await connected(ada, bob, cy)
            sizes: dict[float, list[int]] = {}
            heard = bytearray()
            endings = []
            for interval in (0.003, 0.02, 0.1, 0.333):
                sizes[interval] = []

                def take(frame, sizes=sizes[interval]) -> None:
                    assert frame.source == ada.id
                    sizes.append(len(frame))

                endings.append(cy.render_audio(ada.id, take, sample_rate=22_050, interval=interval))
            endings.append(cy.render_audio(ada.id, lambda frame: heard.extend(frame.to_bytes())))

            def fails(frame) -> None:
                raise ValueError("a callback of anybody")

            endings.append(cy.render_audio(ada.id, fails))
            async with trio.open_nursery() as nursery:
                nursery.start_soon(ada.microphone().write, tone(440, 1.2))
                nursery.start_soon(bob.microphone().write, tone(1000, 1.2))
                await trio.sleep(1.0)
            for end in endings:
                end()
                end()
            counts = {interval: len(each) for interval, each in sizes.items()}
            await trio.sleep(0.5)
            assert {interval: len(each) for interval, each in sizes.items()} == counts
            for interval, each in sizes.items():
                assert set(each) <= {int(22_050 * interval), int(22_050 * interval) + 1}
                assert sum(each) == pytest.approx(counts[interval] * interval * 22_050, abs=1)
            assert loudness(bytes(heard[-16_000:]), 440) > 6000
            assert loudness(bytes(heard[-16_000:]), 1000) < 100

    in_lobby(body)
