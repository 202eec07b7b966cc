"""Recording, live streaming and transcription of a real call."""

import contextlib
import importlib.util
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
import structlog
import trio
from daily_scene import SILENT, Person, free_port, microphone
from sounds import seconds_of, tone
from test_video import HEIGHT, WIDTH, Eye, looks_right, picture, show_until

from actors.stages.voices.hibari import HibariVoice
from callboard.daily import Daily
from callboard.daily.callbacks import video_frame
from callboard.daily.client import recording
from callboard.daily.client.recording import h264_encoder
from callboard.daily.client.streams import NO_PICTURES
from callboard.daily.errors import NotSupportedError
from media import AudioFrame
from media.files import AudioFile

pytestmark = pytest.mark.real


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
        assert seconds_of(hertz, samples.tobytes()) > 0.5


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


@pytest.mark.parametrize("settings", [None, {"layout": {"preset": "audio-only"}}])
def test_a_recording_of_sound_alone_tells_of_a_camera_that_it_will_not_show(
    two, tmp_path: Path, monkeypatch, settings
) -> None:
    monkeypatch.chdir(tmp_path)
    ada, _ = two
    camera = Daily.create_camera_device("camera", WIDTH, HEIGHT, "RGB")
    ada.join(inputs=SILENT)
    with structlog.testing.capture_logs() as logs:
        assert ada.do("start_recording", settings)[1] is None
        shown = {"camera": {"isEnabled": True, "settings": {"deviceId": "camera"}}}
        assert ada.do("update_inputs", shown) is None
        camera.write_frame(picture("RGB"))
        Daily.create_speaker_device("clock").read_frames(8000)
        assert ada.do("stop_recording") is None
    warnings = [each["why"] for each in logs if each["log_level"] == "warning"]
    assert warnings == ([NO_PICTURES] if settings is None else [])
    assert [each.suffix for each in tmp_path.iterdir()] == [".ogg"]


def test_a_recording_that_cannot_be_written_is_an_error(two, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("CALLBOARD_RECORDINGS", str(tmp_path / "file"))
    ada, _ = two
    assert ada.do("start_recording")[1] == "this needs a call: join first."
    ada.join(inputs=SILENT)
    stream, error = ada.do("start_recording")
    assert stream is None
    assert "it cannot be written" in error


class RtmpServer:
    """FFmpeg itself: it listens, and reads what comes until the other side hangs up."""

    def __init__(self) -> None:
        port = free_port()
        self.url = f"rtmp://127.0.0.1:{port}/live/key"
        self.streams: list[str] = []
        self.pictures: list[av.VideoFrame] = []
        self._sound: list[np.ndarray] = []
        self._begun, self._over = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        wait_for_port(port)

    def _serve(self) -> None:
        with av.open(self.url, options={"listen": "1", "timeout": "20"}) as container:
            self.streams = [each.codec_context.name for each in container.streams]
            resampler = av.AudioResampler("s16", "mono", 16000)
            with contextlib.suppress(OSError):  # the end of the stream is that it hangs up
                for frame in container.decode():
                    self._begun.set()
                    if self._over.is_set():
                        return
                    if isinstance(frame, av.VideoFrame):
                        self.pictures.append(frame)
                    else:
                        pieces = resampler.resample(frame)
                        self._sound.extend(each.to_ndarray()[0] for each in pieces)

    def hang_up(self) -> None:
        """End it from this side, once something has come."""
        assert self._begun.wait(30)
        self._over.set()
        self._thread.join(30)

    def sound(self) -> np.ndarray:
        """All that came, at 16 kHz, once the stream has ended."""
        self._thread.join(30)
        assert not self._thread.is_alive()
        return np.concatenate(self._sound)


needs_proc = pytest.mark.skipif(
    not Path("/proc/net/tcp").exists(), reason="asks Linux whether the server listens already"
)
needs_h264 = pytest.mark.skipif(h264_encoder() is None, reason=recording.NO_H264)
SENTENCE = "Please bring me a glass of water."
AUDIO_ONLY = {"layout": {"preset": "audio-only"}}


@needs_proc
def test_a_live_stream_reaches_an_rtmp_server(two) -> None:
    device = Daily.create_microphone_device("ada", non_blocking=True)
    Daily.create_microphone_device("bob")
    ada, bob = two
    meet(ada, bob)
    server = RtmpServer()
    assert bob.do("start_live_stream_with_rtmp_urls", [server.url], stream_id="out") is None
    status = bob.notes.find("live_stream_started")[0]
    assert status["streamId"] == "out"
    assert status["layout"] == {"preset": "audio-only"}  # nobody shows anything
    done = threading.Event()
    device.write_frames(tone(440, 1.5).tobytes(), completion=lambda frames: done.set())
    assert done.wait(30)
    assert bob.do("stop_live_stream") is None
    assert bob.notes.find("live_stream_stopped") == ("out",)
    samples = server.sound()
    assert server.streams == ["aac"]
    assert seconds_of(440, samples.tobytes()) > 0.5


@needs_proc
@needs_h264
def test_a_live_stream_of_a_camera_has_its_picture_and_its_sound(two) -> None:
    camera = Daily.create_camera_device("camera", WIDTH, HEIGHT, "RGB")
    device = Daily.create_microphone_device("ada", non_blocking=True)
    ada, bob = two
    one = ada.join(inputs={**microphone("ada"), "camera": {"settings": {"deviceId": "camera"}}})
    bob.join(inputs=SILENT)
    bob.see(one)
    eye, shown = Eye(), picture("RGB")
    bob.client.set_video_renderer(one, eye, color_format="RGB")
    show_until(eye, lambda: camera.write_frame(shown))
    server = RtmpServer()
    # Seven a second do not divide 48 kHz.
    settings = {"video": {"width": WIDTH, "height": HEIGHT, "fps": 7, "bitrate": 400}}
    assert bob.do("start_live_stream_with_rtmp_urls", [server.url], settings) is None
    assert bob.notes.find("live_stream_started")[0]["layout"] == {"preset": "default"}
    device.write_frames(tone(440, 2.5).tobytes())
    clock = threading.Event()
    for _ in range(25):
        camera.write_frame(shown)
        clock.wait(0.1)
    assert ada.do("update_inputs", {"camera": False}) is None
    bob.notes.find("participant_updated", lambda who: who["media"]["camera"]["state"] == "off")
    clock.wait(0.5)
    assert bob.do("stop_live_stream") is None
    samples = server.sound()
    assert sorted(server.streams) == ["aac", "h264"]
    seconds = len(samples) / 16000
    assert seconds_of(440, samples.tobytes()) > 1.2
    times = [float(each.time) for each in server.pictures]
    # The last stands for the rest of the sound, so it may come early; FLV counts milliseconds.
    assert np.diff(times)[:-1] == pytest.approx(1 / 7, abs=0.0015)
    assert len(times) / seconds == pytest.approx(7, rel=0.1)
    frames = [
        video_frame(each.to_ndarray(format="rgb24").tobytes(), each.width, each.height, "RGB", 0)
        for each in server.pictures
    ]
    assert {(each.width, each.height) for each in frames} == {(WIDTH, HEIGHT)}
    right = [looks_right(each) for each in frames]
    assert sum(right) >= 10
    assert right.index(True) < 10
    assert np.frombuffer(frames[-1].buffer, np.uint8).max() < 40  # the camera was off at the end


@needs_proc
@pytest.mark.parametrize(
    ("lacking", "settings"), [(False, AUDIO_ONLY), (True, {"video": {"width": 64, "height": 64}})]
)
def test_a_live_stream_without_pictures(
    two, monkeypatch, lacking: bool, settings: dict[str, object]
) -> None:
    """They were not wanted, or this build cannot; that is told."""
    if lacking:
        monkeypatch.setattr(recording, "H264_ENCODERS", ("no such encoder",))
    ada, _ = two
    Daily.create_camera_device("camera", WIDTH, HEIGHT, "RGB").write_frame(picture("RGB"))
    ada.join()
    server = RtmpServer()
    start = "start_live_stream_with_rtmp_urls"
    assert ada.do(start, [server.url], settings, stream_id="out") is None
    assert ada.notes.find("live_stream_started")[0]["layout"] == AUDIO_ONLY["layout"]
    threading.Event().wait(0.5)
    assert ada.do("stop_live_stream") is None
    assert len(server.sound()) > 4000
    assert server.streams == ["aac"]
    assert ada.notes.find("live_stream_stopped") == ("out",)
    warnings = [values for name, values in ada.notes.events if name == "live_stream_warning"]
    assert warnings == ([("out", recording.NO_H264)] if lacking else [])


@needs_proc
def test_one_server_that_is_not_there_ends_the_stream_to_the_others(two) -> None:
    ada, _ = two
    ada.join(inputs=SILENT)
    server = RtmpServer()
    urls = [server.url, f"rtmp://127.0.0.1:{free_port()}/live"]
    assert "it cannot be written" in ada.do("start_live_stream_with_rtmp_urls", urls)
    assert len(server.sound())
    assert ada.do("stop_live_stream") == "no live stream runs."


@needs_proc
def test_one_server_of_several_that_is_lost_is_told_and_the_others_go_on(two) -> None:
    device = Daily.create_microphone_device("ada", non_blocking=True)
    ada, _ = two
    ada.join(inputs=microphone("ada"))
    servers = RtmpServer(), RtmpServer()
    urls = [each.url for each in servers]
    assert ada.do("start_live_stream_with_rtmp_urls", urls, stream_id="out") is None
    servers[0].hang_up()
    stream, why = ada.notes.find("live_stream_warning")
    assert stream == "out"
    assert why.startswith("the server 127.0.0.1 is lost (")
    assert "key" not in why
    done = threading.Event()
    device.write_frames(tone(440, 1.0).tobytes(), completion=lambda frames: done.set())
    assert done.wait(30)
    assert ada.do("stop_live_stream") is None
    samples = servers[1].sound()
    assert seconds_of(440, samples.tobytes()) > 0.5
    assert "live_stream_error" not in ada.notes.names()
    # The last one's end is the stream's.
    last = RtmpServer()
    assert ada.do("start_live_stream_with_rtmp_urls", [last.url], stream_id="last") is None
    last.hang_up()
    assert ada.notes.find("live_stream_error")[0] == "last"
    assert ada.do("stop_live_stream") == "no live stream runs."


def test_settings_of_pictures_that_cannot_be_meant_are_an_error(two) -> None:
    ada, _ = two
    ada.join(inputs=SILENT)
    settings = {"video": {"fps": "many"}}
    error = ada.do("start_live_stream_with_rtmp_urls", ["rtmp://127.0.0.1/live"], settings)
    assert "video.fps" in error


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
    rate, spoken = say(SENTENCE)
    device = Daily.create_microphone_device("ada", sample_rate=rate, non_blocking=True)
    Daily.create_microphone_device("bob")
    ada, bob = two
    one = meet(ada, bob)
    assert bob.do("start_transcription", {"language": "en", "includeRawResponse": True}) is None
    status = bob.notes.find("transcription_started")[0]
    assert {"language", "model", "startedBy", "instanceId", "transcriptId"} <= set(status)
    device.write_frames(spoken + bytes(2 * 2 * rate))
    # Of its seven words three are enough: a busy machine tears some.
    (message,) = bob.notes.find(
        "transcription_message", lambda each: len(words_in(each["text"]) & words_in(SENTENCE)) >= 3
    )
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


def test_a_transcription_needs_a_call(two) -> None:
    ada, _ = two
    assert ada.do("start_transcription") == "this needs a call: join first."
    assert "transcription_started" not in ada.notes.names()


def words_in(text: str) -> set[str]:
    return set(re.findall("[a-z]+", text.lower()))


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
