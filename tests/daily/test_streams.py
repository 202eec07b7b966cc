"""Recording, live streaming and transcription of a real call."""

import contextlib
import importlib.util
import threading
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
import trio
from daily_scene import (
    SILENT,
    Person,
    correlation,
    free_port,
    in_three_tries,
    level,
    microphone,
    tone,
)

from actors.stages.voices.hibari import HibariVoice
from callboard.daily import Daily
from callboard.daily.errors import NotSupportedError
from media import AudioFrame
from media.files import AudioFile


@pytest.fixture
def two() -> Iterator[tuple[Person, Person]]:
    """Ada, who says what is to be recorded, and Bob, who records."""
    ada, bob = Person("Ada"), Person("Bob")
    yield ada, bob
    ada.client.release()
    bob.client.release()


def meet(ada: Person, bob: Person) -> str:
    one = ada.join(inputs=microphone("ada"))
    bob.join(inputs=microphone("bob"))
    bob.see(one)
    return one


def test_a_recording_holds_both_sides(two, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("CALLBOARD_RECORDINGS", str(tmp_path / "kept"))
    ada, bob = two
    devices = [Daily.create_microphone_device(name, non_blocking=True) for name in ("ada", "bob")]
    meet(ada, bob)
    stream, error = bob.do("start_recording")
    assert error is None
    status = bob.notes.find("recording_started")[0]
    assert status["streamId"] == stream
    assert status["startedBy"] == bob.client.participants()["local"]["id"]
    assert {"layout", "recordingId", "startedBy", "streamId"} <= set(status)
    assert bob.do("start_recording")[1] == "one runs already: stop it, or give another stream_id."
    written = threading.Event()
    devices[0].write_frames(tone(440, 1.0).tobytes())
    devices[1].write_frames(tone(700, 1.0).tobytes(), completion=lambda frames: written.set())
    assert written.wait(30)
    Daily.create_speaker_device("clock").read_frames(8000)
    assert bob.do("stop_recording", stream) is None
    assert bob.notes.find("recording_stopped") == (stream,)
    assert bob.do("stop_recording") == "no recording runs."
    with AudioFile(status["path"], 16000) as file:
        samples = np.concatenate([frame.samples for frame in file])[:, 0]
    assert Path(status["path"]).parent == tmp_path / "kept"
    duration = len(samples) / 16000
    assert 1.4 <= duration <= 10
    for hertz in (440, 700):
        assert level(samples.tobytes(), hertz) * duration > 0.5


def test_leaving_completes_a_recording(two, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    ada, _ = two
    ada.join(inputs=SILENT)
    assert ada.do("start_recording", stream_id="mine")[0] == "mine"
    assert ada.do("leave") is None
    assert ada.notes.find("recording_stopped") == ("mine",)
    (file,) = tmp_path.glob("scene-*.ogg")
    with av.open(str(file)) as container:
        assert container.streams.audio


def test_a_recording_that_cannot_be_written_is_an_error(two, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("CALLBOARD_RECORDINGS", str(tmp_path / "file"))
    ada, _ = two
    assert ada.do("start_recording")[1] == "this needs a call: join first."
    ada.join(inputs=SILENT)
    stream, error = ada.do("start_recording")
    assert stream is None
    assert "it cannot be written" in error


@pytest.mark.skipif(
    not Path("/proc/net/tcp").exists(), reason="asks Linux whether the server listens already"
)
def test_a_live_stream_reaches_an_rtmp_server(two) -> None:
    """FFmpeg itself is the server: it listens and reads what comes."""
    device = Daily.create_microphone_device("ada", non_blocking=True)
    Daily.create_microphone_device("bob")
    ada, bob = two
    meet(ada, bob)
    port = free_port()
    url = f"rtmp://127.0.0.1:{port}/live/key"
    received: list[np.ndarray] = []

    def serve() -> None:
        with av.open(url, options={"listen": "1", "timeout": "20"}) as container:
            resampler = av.AudioResampler("s16", "mono", 16000)
            with contextlib.suppress(OSError):  # the end of the stream is that it hangs up
                for frame in container.decode(audio=0):
                    received.extend(each.to_ndarray()[0] for each in resampler.resample(frame))

    server = threading.Thread(target=serve)
    server.start()
    wait_for_port(port)
    assert bob.do("start_live_stream_with_rtmp_urls", [url], stream_id="out") is None
    assert bob.notes.find("live_stream_started")[0]["streamId"] == "out"
    done = threading.Event()
    device.write_frames(tone(440, 1.5).tobytes(), completion=lambda frames: done.set())
    assert done.wait(30)
    assert bob.do("stop_live_stream") is None
    assert bob.notes.find("live_stream_stopped") == ("out",)
    server.join(30)
    assert not server.is_alive()
    samples = np.concatenate(received)
    assert level(samples.tobytes(), 440) * len(samples) / 16000 > 0.5


def test_a_server_that_is_not_there_is_an_error(two) -> None:
    ada, _ = two
    ada.join(inputs=SILENT)
    url = f"rtmp://127.0.0.1:{free_port()}/live"
    assert "it cannot be written" in ada.do("start_live_stream_with_rtmp_urls", [url])
    assert "begins with rtmp" in ada.do("start_live_stream_with_rtmp_urls", ["http://x"])
    assert ada.do("stop_live_stream") == "no live stream runs."


def wait_for_port(port: int) -> None:
    """Wait until the server listens; it takes one connection, so it is not tried by connecting."""
    wanted = f":{port:04X} "
    for _ in range(1000):
        if any(wanted in line for line in Path("/proc/net/tcp").read_text().splitlines()):
            return
        threading.Event().wait(0.01)
    raise AssertionError("no RTMP server listens")


@pytest.mark.skipif(
    importlib.util.find_spec("moonshine_voice") is None, reason="needs callboard[voice]"
)
def test_what_is_said_comes_as_text(two) -> None:
    rate, spoken = say("Please bring me a glass of water.")
    device = Daily.create_microphone_device("ada", sample_rate=rate, non_blocking=True)
    Daily.create_microphone_device("bob")
    ada, bob = two
    one = meet(ada, bob)
    assert bob.do("start_transcription", {"language": "en", "includeRawResponse": True}) is None
    status = bob.notes.find("transcription_started")[0]
    assert {"language", "model", "startedBy", "instanceId", "transcriptId"} <= set(status)
    found: list[dict] = []

    def speak() -> None:
        device.write_frames(spoken + bytes(2 * 2 * rate))
        found.extend(
            bob.notes.find(
                "transcription_message", lambda each: "water" in each["text"].lower(), patience=10
            )
        )

    in_three_tries(speak)
    message = found[0]
    assert message["participantId"] == one
    assert message["trackType"] == "cam-audio"
    assert message["timestamp"].endswith("Z")
    assert message["rawResponse"]["is_final"] is True
    assert bob.do("update_transcription", participants=[]) is None
    assert bob.notes.find("transcription_updated")[0]["participants"] == []
    assert bob.do("start_transcription") == (
        "a transcription runs already: stop it first, or update it."
    )
    assert bob.do("stop_transcription") is None
    assert bob.notes.find("transcription_stopped")[1] is False
    assert bob.do("stop_transcription") == "no transcription runs."


def say(text: str) -> tuple[int, bytes]:
    """Speech by the embedded voice, as 16-bit PCM."""

    async def in_thread(work, *values):
        return work(*values)

    async def speak() -> list[AudioFrame]:
        voice = HibariVoice()
        return [spoken.audio async for spoken in voice.speak(text, in_thread)]

    frames = trio.run(speak)
    return frames[0].sample_rate, b"".join(frame.to_bytes() for frame in frames)


@pytest.mark.parametrize(
    ("method", "values"),
    [
        ("start_dialout", [{"phoneNumber": "+15550100"}]),
        ("stop_dialout", ["id"]),
        ("send_dtmf", [{"sessionId": "x", "tones": "1"}]),
        ("sip_call_transfer", [{"sessionId": "x", "toEndPoint": "sip:a@b"}]),
        ("sip_refer", [{"sessionId": "x", "toEndPoint": "sip:a@b"}]),
        ("start_live_stream_with_endpoints", [["name"]]),
        ("add_live_streaming_endpoints", [["name"]]),
        ("remove_live_streaming_endpoints", [["name"]]),
        ("update_recording", [{"layout": {}}]),
        ("update_live_stream", [{"layout": {}}]),
        ("set_proxy_url", ["http://proxy:3128"]),
    ],
)
def test_what_needs_dailys_own_network_says_why(two, method: str, values: list) -> None:
    ada, _ = two
    told = threading.Event()
    given: list[object] = []
    with pytest.raises(NotSupportedError, match="not supported: "):
        getattr(ada.client, method)(*values, completion=lambda *v: (given.extend(v), told.set()))
    assert told.wait(30)
    assert str(given[-1]).startswith("not supported: ")


def test_the_correlation_of_this_suite_tells_one_signal_from_another() -> None:
    noise = np.random.default_rng(1).integers(-8000, 8000, 16000).astype(np.int16)
    assert correlation(noise, np.pad(noise, 500)) > 0.99
    assert correlation(noise, np.random.default_rng(2).integers(-8000, 8000, 20000)) < 0.2
