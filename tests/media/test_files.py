"""Files as sources: every kind, from any place, over and over, each frame when it is due."""

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media import AudioFormat, AudioFrame, ClosedError, FormatError, NotAMediaFileError, VideoFrame
from media.files import AudioFile, OggOpusWriter, Paced, VideoFile, VideoSize, WebmWriter
from media.wav import write_wav

RATE = 16000
SECONDS = 3
COUNTER = (np.arange(SECONDS * RATE) % 30000 + 1).astype(np.int16)[:, None]


def chirp(seconds=SECONDS, rate=RATE):
    time = np.arange(round(seconds * rate)) / rate
    return np.rint(8000 * np.sin(2 * np.pi * (200 + 150 * time) * time)).astype(np.int16)[:, None]


@pytest.fixture
def wav(tmp_path):
    write_wav(tmp_path / "a.wav", AudioFrame(COUNTER.copy(), RATE))
    return tmp_path / "a.wav"


def encoded(path, codec, sample_format):
    """Let FFmpeg write a chirp in another format."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=RATE, layout="mono")
        resampler = av.AudioResampler(sample_format, "mono", RATE)
        frame = av.AudioFrame.from_ndarray(chirp().reshape(1, -1), "s16", "mono")
        frame.sample_rate = RATE
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return path


KINDS = {
    "flac": lambda p: encoded(p, "flac", "s16"),
    "mp3": lambda p: encoded(p, "libmp3lame", "s16p"),
    "m4a": lambda p: encoded(p, "aac", "fltp"),
    "ogg": lambda p: recorded(OggOpusWriter(p, RATE), p),
    "webm": lambda p: recorded(WebmWriter(p, audio=AudioFormat(RATE)), p),
}


def recorded(writer, path):
    with writer:
        writer.write(chirp())
    return path


def read(file, frames=None):
    pieces = list(file) if frames is None else [file.read() for _ in range(frames)]
    return np.concatenate([piece.samples for piece in pieces])


def test_a_file_is_read_in_frames_of_20_ms_to_its_end(wav):
    with AudioFile(wav) as file:
        frames = list(file)
        assert file.duration == SECONDS
        assert file.position == SECONDS
        assert file.read() is None
    assert {len(frame) for frame in frames} == {320}
    assert [frame.pts for frame in frames] == list(range(0, SECONDS * RATE, 320))
    assert np.array_equal(np.concatenate([frame.samples for frame in frames]), COUNTER)


@pytest.mark.parametrize("seconds", [0.01, 0.1, 0.7])
def test_frames_are_as_long_as_wanted_and_the_last_is_what_is_left(wav, seconds):
    with AudioFile(wav, frame=seconds) as file:
        frames = list(file)
    assert {len(frame) for frame in frames[:-1]} == {round(seconds * RATE)}
    assert sum(map(len, frames)) == SECONDS * RATE


@pytest.mark.parametrize("rate", [8000, 22050, 48000])
@pytest.mark.parametrize("channels", [1, 2])
def test_rate_and_channels_are_those_that_are_wanted(tmp_path, rate, channels):
    write_wav(tmp_path / "a.wav", AudioFrame(chirp(), RATE))
    with AudioFile(tmp_path / "a.wav", rate, channels) as file:
        sound = read(file)
    assert len(sound) == pytest.approx(SECONDS * rate, abs=2)
    wanted = chirp(SECONDS, rate).astype(float)[: len(sound)]
    error = np.mean((sound[: len(wanted)] - wanted) ** 2)
    assert 10 * np.log10(np.mean(wanted**2) / error) > 30


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_sought_and_gives_what_it_gave_in_passing(tmp_path, kind):
    path = KINDS[kind](tmp_path / f"a.{kind}")
    with AudioFile(path) as file:
        whole = read(file)[:, 0].astype(float)
        assert file.duration == pytest.approx(SECONDS, abs=0.1)
        for seconds in (0.5, 1.234, 2.5, 0.0):
            file.seek(seconds)
            assert file.position == pytest.approx(seconds)
            got = read(file, 10)[:, 0].astype(float)
            # WebM tells its times in milliseconds: half of one may be missing.
            errors = []
            for lag in range(-8, 9):
                start = round(seconds * RATE) + lag
                if start >= 0:
                    wanted = whole[start : start + 3200]
                    errors.append(np.sum((wanted - got) ** 2) / np.sum(wanted**2))
            assert 10 * np.log10(min(errors) + 1e-9) < -20


@given(seconds=st.floats(0, SECONDS), again=st.floats(0, SECONDS))
def test_a_wav_is_sought_to_the_sample_and_back(tmp_path_factory, seconds, again):
    path = tmp_path_factory.getbasetemp() / "sought.wav"
    if not path.exists():
        write_wav(path, AudioFrame(COUNTER.copy(), RATE))
    with AudioFile(path) as file:
        for place in (seconds, again, 0.0):
            file.seek(place)
            rest = COUNTER[round(place * RATE) :][:320]
            frame = file.read()
            assert frame is None if not len(rest) else np.array_equal(frame.samples, rest)


def test_time_goes_on_through_a_seek(wav):
    with AudioFile(wav) as file:
        file.read()
        file.seek(2)
        assert file.read().pts == 320


def test_a_loop_has_no_seam(wav):
    with AudioFile(wav, loop=True) as file:
        sound = read(file, 500)
        assert file.position == pytest.approx(1)
    assert np.array_equal(sound, np.concatenate([COUNTER] * 4)[: 500 * 320])


@pytest.mark.parametrize("kind", KINDS)
def test_each_round_of_a_loop_is_the_same(tmp_path, kind):
    path = KINDS[kind](tmp_path / f"a.{kind}")
    with AudioFile(path) as file:
        once = read(file)
    with AudioFile(path, loop=True) as file:
        sound = read(file, 3 * len(once) // 320)
    assert np.array_equal(sound, np.concatenate([once] * 3)[: len(sound)])


def test_a_loop_may_begin_anywhere(wav):
    with AudioFile(wav, loop=True) as file:
        file.seek(2.5)
        sound = read(file, 50)
    assert np.array_equal(sound, np.concatenate([COUNTER[40000:], COUNTER])[: 50 * 320])


# --- pictures -------------------------------------------------------------------------------------


@pytest.fixture
def film(tmp_path):
    """Ten pictures a second for two seconds; the luma tells the number."""
    path = tmp_path / "a.webm"
    with WebmWriter(path, video=VideoSize(64, 48, 10), video_bitrate=2_000_000) as writer:
        for number in range(20):
            pixels = np.full(64 * 48 * 3 // 2, 128, np.uint8)
            pixels[: 64 * 48] = 20 + 10 * number
            writer.write_picture(VideoFrame(pixels, 64, 48, "I420", number * 9000))
    return path


def number(frame):
    return round((float(np.median(frame.pixels[: frame.width * frame.height])) - 20) / 10)


def test_pictures_come_one_by_one_with_their_time(film):
    with VideoFile(film) as file:
        frames = list(file)
        assert file.read() is None
    assert [number(frame) for frame in frames] == list(range(20))
    assert [frame.pts for frame in frames] == [n * 9000 for n in range(20)]
    assert {(frame.width, frame.height, frame.color_format) for frame in frames} == {
        (64, 48, "I420")
    }


def test_colour_format_and_size_are_those_that_are_wanted(film):
    with VideoFile(film, "RGBA", width=32, height=20) as file:
        frame = file.read()
    assert (frame.width, frame.height, frame.color_format) == (32, 20, "RGBA")
    assert len(frame.pixels) == 32 * 20 * 4


def test_a_film_is_sought_and_its_time_only_grows(film):
    with VideoFile(film) as file:
        seen = [file.read() for _ in range(3)]
        file.seek(1.45)
        seen.append(file.read())
        file.seek(0)
        seen.append(file.read())
    assert [number(frame) for frame in seen] == [0, 1, 2, 15, 0]
    assert [frame.pts for frame in seen] == [0, 9000, 18000, 27000, 30600]


def test_a_film_goes_round_at_its_own_pace(film):
    with VideoFile(film, loop=True) as file:
        frames = [file.read() for _ in range(45)]
    assert [number(frame) for frame in frames] == [n % 20 for n in range(45)]
    assert [frame.pts for frame in frames] == [n * 9000 for n in range(45)]


def test_a_still_image_is_one_picture_or_the_same_for_ever(tmp_path):
    image = av.VideoFrame.from_ndarray(np.full((10, 12, 3), 90, np.uint8), "rgb24")
    image.save(str(tmp_path / "a.png"))
    with VideoFile(tmp_path / "a.png", "RGB") as file:
        frames = list(file)
    assert [len(frame.pixels) for frame in frames] == [360]
    assert (frames[0].pixels == 90).all()
    with VideoFile(tmp_path / "a.png", "RGB", loop=True) as file:
        looped = [file.read() for _ in range(5)]
    assert [frame.pts for frame in looped] == [n * 3600 for n in range(5)]  # 25 a second


# --- pacing ---------------------------------------------------------------------------------------


def test_each_frame_is_given_when_it_is_due(wav):
    with AudioFile(wav) as file:
        paced = Paced(file)
        assert paced.next_due is None
        assert [frame.pts for frame in paced.due(100.0)] == [0]
        assert paced.next_due == pytest.approx(100.02)
        assert paced.due(100.019) == []
        assert [frame.pts for frame in paced.due(100.02)] == [320]
        # After a stall of 100 ms five are overdue, and the beat is the same as before.
        assert [frame.pts for frame in paced.due(100.12)] == [640, 960, 1280, 1600, 1920]
        assert paced.next_due == pytest.approx(100.14)


def test_a_camera_gets_only_the_latest_and_the_rest_is_counted(film):
    with VideoFile(film) as file:
        paced = Paced(file, skip=True)
        assert number(paced.due(5.0)[0]) == 0
        assert [number(frame) for frame in paced.due(5.55)] == [5]
        assert paced.skipped == 4
        assert len(paced.due(50.0)) == 1
        assert paced.due(51.0) == []
        assert paced.next_due is None


# --- what is no file ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [AudioFile, VideoFile])
def test_what_cannot_be_read_is_told_in_a_sentence(tmp_path, kind, wav, film):
    (tmp_path / "a.txt").write_text("no sound at all")
    with pytest.raises(NotAMediaFileError, match=r"a\.txt is no sound or film that FFmpeg reads"):
        kind(tmp_path / "a.txt")
    with pytest.raises(FileNotFoundError):
        kind(tmp_path / "none.wav")
    other, holds = (film, "audio") if kind is AudioFile else (wav, "video")
    with pytest.raises(NotAMediaFileError, match=f"holds no {holds}"):
        kind(other)
    file = kind(wav if kind is AudioFile else film)
    file.close()
    file.close()
    with pytest.raises(ClosedError, match="is closed: open it again"):
        file.seek(1)


def test_impossible_wishes_are_told(wav, film):
    with pytest.raises(FormatError, match="sample rate 11025"):
        AudioFile(wav, 11025)
    with pytest.raises(FormatError, match="3 channels"):
        AudioFile(wav, 16000, 3)
    with pytest.raises(FormatError, match="both width and height"):
        VideoFile(film, width=10)
    with pytest.raises(FormatError, match="'YUYV' is unknown"):
        VideoFile(film, "YUYV")


def test_a_file_that_breaks_off_is_read_as_far_as_it_goes(tmp_path):
    path = KINDS["mp3"](tmp_path / "a.mp3")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2] + b"\x00" * 100)
    with AudioFile(path) as file:
        assert 1.0 < len(read(file)) / RATE < 2.0


def test_a_loop_over_nothing_is_told_instead_of_turning_for_ever(tmp_path):
    write_wav(tmp_path / "a.wav", AudioFrame.silence(0, RATE))
    with pytest.raises(NotAMediaFileError):
        AudioFile(tmp_path / "a.wav", loop=True).read()
