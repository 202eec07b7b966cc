"""What was recorded is readable at any moment, whole or up to the crash, sound and picture."""

import signal
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media import SAMPLE_RATES, AudioFormat, ClosedError, FormatError, VideoFrame, picture_bytes
from media.files import AudioFile, OggOpusWriter, VideoFile, VideoSize, WavWriter, WebmWriter


def chirp(seconds, rate, channels=1):
    time = np.arange(round(seconds * rate)) / rate
    wave = 8000 * np.sin(2 * np.pi * (200 + 150 * time) * time)
    return np.repeat(np.rint(wave).astype(np.int16)[:, None], channels, axis=1)


def heard(path, rate=48000, channels=1):
    with AudioFile(path, rate, channels) as file:
        frames = [frame.samples for frame in file]
    return np.concatenate(frames) if frames else np.zeros((0, channels), np.int16)


def quality(wanted, got):
    wanted, got = wanted.astype(float), got[: len(wanted)].astype(float)
    return 10 * np.log10(np.sum(wanted**2) / np.sum((wanted[: len(got)] - got) ** 2))


def picture(number, size=(160, 120), color_format="I420"):
    """Return a flat grey that tells its number."""
    pixels = np.full(picture_bytes(*size, color_format), 128, np.uint8)
    pixels[: size[0] * size[1]] = 16 + number % 200
    return VideoFrame(pixels, *size, color_format, number * 3000)


def webm(path, rate, channels):
    return WebmWriter(path, audio=AudioFormat(rate, channels), audio_bitrate=96000)


def ogg(path, rate, channels):
    return OggOpusWriter(path, rate, channels, bitrate=96000)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", SAMPLE_RATES)
@pytest.mark.parametrize("writer", [ogg, webm])
def test_a_recording_has_every_sample_in_its_place_and_no_more(tmp_path, writer, rate, channels):
    path = tmp_path / "a.recording"
    sound = chirp(1.2345, rate, channels)
    with writer(path, rate, channels) as recording:
        for piece in np.array_split(sound, 17):
            recording.write(piece)
        assert recording.duration == pytest.approx(1.2345, abs=1e-4)
    got = heard(path, 48000, channels)
    assert len(got) == pytest.approx(1.2345 * 48000, abs=12)
    assert quality(chirp(1.2345, 48000, channels), got) > 15


@given(st.lists(st.integers(0, 30000), max_size=5))
@settings(max_examples=15)
@pytest.mark.parametrize("writer", [ogg, webm])
def test_what_was_written_is_readable_at_any_moment(tmp_path_factory, writer, cuts):
    path = tmp_path_factory.mktemp("recording") / "a.recording"
    sound = chirp(30000 / 16000, 16000)
    written = 0
    with writer(path, 16000, 1) as recording:
        for piece in np.split(sound, sorted(cuts)):
            recording.write(piece)
            written += len(piece)
            if written > 960:
                got = heard(path, 16000)
                # What is missing: less than a packet of 20 ms, and the encoder's 6.5.
                assert written - 320 - 104 <= len(got) <= written
                assert quality(sound[:written], got) > 10
    assert len(heard(path, 16000)) == pytest.approx(30000, abs=8)


CRASH = """
import os, sys
import numpy as np
from media import AudioFormat, VideoFrame
from media.files import OggOpusWriter, VideoSize, WavWriter, WebmWriter
kind, path = sys.argv[1:]
writer = {
    "wav": lambda: WavWriter(path, 16000),
    "ogg": lambda: OggOpusWriter(path, 16000),
    "webm": lambda: WebmWriter(path, audio=AudioFormat(16000), video=VideoSize(160, 120)),
    "webm without a picture": lambda: WebmWriter(
        path, audio=AudioFormat(16000), video=VideoSize(160, 120)
    ),
}[kind]()
for tick in range(137):
    writer.write(np.full((320, 1), 1000, np.int16))
    if kind == "webm" and tick % 2 == 0:
        grey = np.full(160 * 120 * 3 // 2, 128, np.uint8)
        writer.write_picture(VideoFrame(grey, 160, 120, "I420", tick * 1800))
os.kill(os.getpid(), 9)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
@pytest.mark.parametrize("kind", ["wav", "ogg", "webm", "webm without a picture"])
def test_after_a_crash_all_but_the_last_20_ms_is_there(tmp_path, kind):
    path = tmp_path / "a.recording"
    run = subprocess.run([sys.executable, "-c", CRASH, kind, path], check=False)
    assert run.returncode == -signal.SIGKILL
    seconds = len(heard(path, 16000)) / 16000
    assert seconds == pytest.approx(137 * 0.02, abs=0.0066 if kind != "wav" else 0)
    if kind == "webm":
        with VideoFile(path) as file:
            assert [frame.pts for frame in file] == [tick * 1800 for tick in range(0, 137, 2)]


def test_sound_does_not_wait_for_pictures_nor_pictures_for_sound(tmp_path):
    path = tmp_path / "a.webm"
    writer = WebmWriter(path, audio=AudioFormat(16000), video=VideoSize(160, 120))
    writer.write(chirp(12, 16000))
    assert len(heard(path, 16000)) == pytest.approx(12 * 16000, abs=320)
    for number in range(30):
        writer.write_picture(picture(number))
    with VideoFile(path) as file:
        assert len(list(file)) == 30
    writer.close()
    assert len(heard(path, 16000)) == pytest.approx(12 * 16000, abs=8)


@pytest.mark.parametrize("color_format", ["I420", "RGBA", "RGB", "NV12"])
def test_pictures_stand_where_their_time_says_in_any_colour_format(tmp_path, color_format):
    path = tmp_path / "a.webm"
    times = [0, 3000, 9000, 90000, 91000, 300000]
    with WebmWriter(path, video=VideoSize(160, 120), video_bitrate=2_000_000) as writer:
        for index, time in enumerate(times):
            value = 40 * (index + 1)
            pixels = np.full(picture_bytes(160, 120, color_format), value, np.uint8)
            if color_format in ("I420", "NV12"):
                pixels[160 * 120 :] = 128
            writer.write_picture(VideoFrame(pixels, 160, 120, color_format, 777000 + time))
        assert writer.duration == pytest.approx(300000 / 90000, abs=0.001)
    with VideoFile(path) as file:
        frames = list(file)
        assert file.duration == pytest.approx(300000 / 90000, abs=0.001)
    # WebM counts milliseconds.
    assert [frame.pts for frame in frames] == [time // 90 * 90 for time in times]
    if color_format == "I420":
        luma = [int(np.median(frame.pixels[: 160 * 120])) for frame in frames]
        assert luma == pytest.approx([40 * (i + 1) for i in range(6)], abs=6)


def test_a_picture_of_the_same_time_or_an_earlier_one_is_left_out_and_counted(tmp_path):
    with WebmWriter(tmp_path / "a.webm", video=VideoSize(160, 120)) as writer:
        for number in (0, 1, 1, 0, 2):
            writer.write_picture(picture(number))
        assert writer.skipped == 2
    with VideoFile(tmp_path / "a.webm") as file:
        assert len(list(file)) == 3


def test_a_closed_webm_tells_its_length_and_can_be_sought(tmp_path):
    path = tmp_path / "a.webm"
    with WebmWriter(path, audio=AudioFormat(16000), video=VideoSize(160, 120)) as writer:
        for second in range(20):
            writer.write(chirp(1, 16000))
            for number in range(second * 30, second * 30 + 30):
                writer.write_picture(picture(number))
    with av.open(str(path)) as container:
        assert container.duration == 20_000_000
        assert {stream.codec_context.name for stream in container.streams} == {"opus", "vp8"}
    with VideoFile(path) as file:
        file.seek(15.0)
        frame = file.read()
        assert int(np.median(frame.pixels[: 160 * 120])) == pytest.approx(16 + 450 % 200, abs=4)
        assert file.position == 15.0


def test_an_empty_recording_is_a_recording(tmp_path):
    OggOpusWriter(tmp_path / "a.ogg", 16000).close()
    WebmWriter(tmp_path / "a.webm", audio=AudioFormat(16000), video=VideoSize(16, 16)).close()
    for name in ("a.ogg", "a.webm"):
        assert len(heard(tmp_path / name)) < 960  # readers want one packet at least


def test_a_page_is_full_after_forty_packets_and_the_next_begins(tmp_path):
    path = tmp_path / "a.ogg"
    for packets in (38, 39, 40, 41, 79, 80, 81):
        with OggOpusWriter(path, 48000) as writer:
            writer.write(np.zeros((packets * 960, 1), np.int16))
        assert len(heard(path)) == packets * 960
        data = path.read_bytes()
        pages = data.count(b"OggS")
        assert pages == 2 + -(-(packets + 1) // 40)


@pytest.mark.parametrize(
    ("work", "says"),
    [
        (lambda path: OggOpusWriter(path, 11025), "sample rate 11025"),
        (lambda path: OggOpusWriter(path, 16000, 3), "3 channels"),
        (lambda path: WebmWriter(path, video_bitrate=1), "audio=, video= or both"),
    ],
)
def test_what_cannot_be_opened_is_told_in_a_sentence(tmp_path, work, says):
    with pytest.raises(FormatError, match=says):
        work(tmp_path / "a.recording")
    assert not (tmp_path / "a.recording").exists()


def film(path):
    return WebmWriter(path, video=VideoSize(16, 16))


@pytest.mark.parametrize(
    ("kind", "work", "says"),
    [
        (ogg, lambda writer: writer.write(np.zeros((5, 2), np.int16)), r"int16 \[n, 1\]"),
        (ogg, lambda writer: writer.write(np.zeros(5)), "float64"),
        (webm, lambda writer: writer.write_picture(picture(0)), "has no pictures"),
        (
            lambda path, rate, channels: film(path),
            lambda writer: writer.write(np.zeros((5, 1), np.int16)),
            "has no sound",
        ),
        (
            lambda path, rate, channels: film(path),
            lambda writer: writer.write_picture(picture(0)),
            "160x120 came; this recording's are 16x16",
        ),
    ],
)
def test_what_cannot_be_recorded_is_told_in_a_sentence(tmp_path, kind, work, says):
    with (
        kind(tmp_path / "a.recording", 16000, 1) as writer,
        pytest.raises(FormatError, match=says),
    ):
        work(writer)


@pytest.mark.parametrize("kind", [WavWriter, OggOpusWriter, lambda p, r: webm(p, r, 1)])
def test_closing_twice_is_harmless_and_writing_afterwards_is_told(tmp_path, kind):
    writer = kind(tmp_path / "a.recording", 16000)
    writer.write(chirp(0.5, 16000))
    writer.close()
    writer.close()
    with pytest.raises(ClosedError, match=r"a\.recording is closed"):
        writer.write(chirp(0.5, 16000))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("kind", [WavWriter, OggOpusWriter, lambda p, r: webm(p, r, 1)])
def test_a_full_disk_is_an_os_error_and_leaves_no_file_open(kind):
    with pytest.raises(OSError, match="No space left"):
        kind("/dev/full", 16000)


def test_a_folder_that_is_not_there_is_an_os_error(tmp_path):
    for work in (lambda p: OggOpusWriter(p, 16000), lambda p: webm(p, 16000, 1)):
        with pytest.raises(FileNotFoundError):
            work(tmp_path / "nowhere" / "a.recording")
