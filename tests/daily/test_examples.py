"""Every example does what it says, by its effect on a second participant in the same room."""

import json
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from daily_scene import Person, free_port, microphone
from sounds import check_speech
from test_video import HEIGHT, WIDTH, Eye, picture

from callboard.daily import Daily
from callboard.daily.context import process
from callboard.testing.synthetic import synthesize
from media import AudioFrame
from media.wav import write_wav

pytestmark = pytest.mark.real

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "daily"
URL = "https://example.daily.co/scene"
SAID = synthesize("every example does what it says it does")


@pytest.fixture
def bob() -> Iterator[Person]:
    """Somebody in the room, who hears by the speaker "ears" and speaks by the microphone "mic"."""
    person = Person("Bob")
    person.devices = (
        Daily.create_microphone_device("mic", non_blocking=True),
        Daily.create_speaker_device("ears"),
    )
    Daily.select_speaker_device("ears")
    person.join(inputs=microphone("mic"))
    yield person
    person.client.release()


@pytest.fixture
def speech(tmp_path: Path) -> Path:
    write_wav(tmp_path / "speech.wav", AudioFrame(SAID[:, None], 16000))
    return tmp_path / "speech.wav"


class Example:
    """A script of examples/daily, run as a person would, in the room of this process."""

    def __init__(self, name: str, *arguments: str, server: bool = True) -> None:
        command = [sys.executable, "-m", "callboard.cli", "daily"]
        if server:
            context = process.current()
            room = context.background.run(context.resources.room)
            command += ["--room", room.url("scene", URL).removesuffix("/scene")]
            arguments = ("--url", URL, *arguments)
        self.process = subprocess.Popen(
            [*command, str(EXAMPLES / f"{name}.py"), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def finish(self, data: bytes = b"") -> bytes:
        """Its output, when it has ended well."""
        try:
            out, err = self.process.communicate(data, timeout=60)
        finally:
            self.process.kill()
        assert self.process.returncode == 0, err.decode()
        assert b"Traceback" not in err, err.decode()
        return out


def hear(bob: Person, example: Example, data: bytes = b"") -> np.ndarray:
    """What Bob hears until the example has ended."""
    heard: list[bytes] = []
    over = threading.Event()

    def listen() -> None:
        while not over.is_set():
            heard.append(bob.devices[1].read_frames(1600))

    thread = threading.Thread(target=listen)
    thread.start()
    try:
        example.finish(data)
    finally:
        over.set()
        thread.join()
    return np.frombuffer(b"".join(heard), np.int16)


def test_properties() -> None:
    assert Example("properties", server=False).finish().decode().splitlines() == [
        "my-camera: 1280x720 RGBA",
        "my-microphone: 16000 Hz, 1 channel(s)",
        "my-speaker: 16000 Hz, 1 channel(s)",
    ]


def test_wav_to_microphone(bob: Person, speech: Path) -> None:
    check_speech(SAID, hear(bob, Example("wav_to_microphone", "--input", str(speech))))


def test_stdin_to_microphone(bob: Person) -> None:
    check_speech(SAID, hear(bob, Example("stdin_to_microphone"), SAID.tobytes()))


def test_audio_bot(bob: Person, speech: Path) -> None:
    arguments = ("--input", str(speech), "--seconds", "4")
    check_speech(SAID, hear(bob, Example("audio_bot", *arguments)))
    bob.notes.find("participant_joined", lambda who: who["info"]["userName"] == "Audio Bot")
    bob.notes.find("participant_left", lambda who, _: who["info"]["userName"] == "Audio Bot")


@pytest.mark.parametrize("to_a_file", [False, True])
def test_speaker_to_stdout_and_to_a_file(bob: Person, tmp_path: Path, to_a_file: bool) -> None:
    target = ("--output", str(tmp_path / "heard.pcm")) if to_a_file else ()
    example = Example("speaker_to_stdout", "--seconds", "4", *target)
    bob.see_anybody()
    Daily.create_speaker_device("clock").read_frames(8000)  # until it reads
    bob.devices[0].write_frames(SAID.tobytes())
    out = example.finish()
    pcm = (tmp_path / "heard.pcm").read_bytes() if to_a_file else out
    assert len(pcm) == 4 * 32000
    check_speech(SAID, np.frombuffer(pcm, np.int16))
    assert not (to_a_file and out)


def test_echo_call(bob: Person) -> None:
    example = Example("echo_call", "--seconds", "5")
    who = bob.see_anybody()
    eye = _Blue()
    bob.client.set_video_renderer(who, eye, color_format="RGB")
    bob.devices[0].write_frames(SAID.tobytes())
    check_speech(SAID, hear(bob, example))
    assert eye.seen.is_set()


class _Blue(Eye):
    """Waits for the colour of that example's camera."""

    def __call__(self, participant: str, frame, source: str) -> None:
        mean = np.frombuffer(frame.buffer, np.uint8).reshape(-1, 3).mean(0)
        if abs(mean - (40, 90, 160)).max() < 30:
            self.seen.set()


def test_image_camera(bob: Person, tmp_path: Path) -> None:
    image = tmp_path / "picture.ppm"
    image.write_bytes(b"P6 %d %d 255\n" % (WIDTH, HEIGHT) + picture("RGB"))
    example = Example("image_camera", "--image", str(image), "--seconds", "6")
    who = bob.see_anybody()
    eye = Eye()
    bob.client.set_video_renderer(who, eye, color_format="RGBA")
    example.finish()
    assert eye.seen.is_set()


def test_an_embedded_room_is_opened_for_a_script_alone() -> None:
    """Without --room the script's URL is served by its own process, and the link is told."""
    command = [sys.executable, "-m", "callboard.cli", "daily", "--port", "0"]
    script = EXAMPLES / "speaker_to_stdout.py"
    done = subprocess.run(
        [*command, str(script), "--url", URL, "--seconds", "0.2"],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == bytes(6400)
    assert f"{URL} is here: join at http://127.0.0.1:" in done.stderr.decode()


def wait_for_somebody(address: str) -> None:
    """Wait until somebody has joined a room."""
    for _ in range(600):
        with urllib.request.urlopen(address, timeout=30) as answer:
            if json.load(answer)["participants"]:
                return
        threading.Event().wait(0.05)
    raise AssertionError("nobody came")


def test_a_script_that_comes_later_meets_the_one_that_was_first(tmp_path: Path) -> None:
    """Two terminals, two scripts, one URL of Daily's: they are in one room."""
    port = free_port()
    command = [sys.executable, "-m", "callboard.cli", "daily", "--port", str(port)]
    listen = EXAMPLES / "speaker_to_stdout.py"
    write_wav(tmp_path / "speech.wav", AudioFrame(SAID[:, None], 16000))
    speak = [str(EXAMPLES / "wav_to_microphone.py"), "--input", str(tmp_path / "speech.wav")]

    heard = tmp_path / "heard.pcm"
    first = subprocess.Popen(
        # To a file: nobody reads a pipe meanwhile, and one that is full stops the script.
        [*command, str(listen), "--url", URL, "--seconds", "8", "--output", str(heard)],
        stderr=subprocess.PIPE,
    )
    try:
        told = first.stderr.readline().decode()
        wait_for_somebody(f"http://127.0.0.1:{port}/-/rooms/scene")
        second = subprocess.run(
            [*command, *speak, "--url", URL], capture_output=True, timeout=60, check=False
        )
        first.communicate(timeout=60)
    finally:
        first.kill()
    assert f"is here: join at http://127.0.0.1:{port}/scene" in told
    assert f"is open already: join at http://127.0.0.1:{port}/scene" in second.stderr.decode()
    check_speech(SAID, np.frombuffer(heard.read_bytes(), np.int16))
