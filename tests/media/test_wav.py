"""WAV files: what is written is read, at any moment; what is no WAV is told."""

import os
import signal
import subprocess
import sys
import wave

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media import AudioFrame, ClosedError, FormatError, NotAWavError
from media.wav import WavWriter, read_wav, write_wav

SOUND = np.random.default_rng(0).integers(-32768, 32768, (4800, 2)).astype(np.int16)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", [8000, 44100, 48000])
def test_a_frame_is_written_and_read(tmp_path, rate, channels):
    write_wav(tmp_path / "a.wav", AudioFrame(SOUND[:, :channels].copy(), rate))
    frame = read_wav(tmp_path / "a.wav")
    assert np.array_equal(frame.samples, SOUND[:, :channels])
    assert frame.sample_rate == rate
    with wave.open(str(tmp_path / "a.wav")) as file:  # the standard library reads it too
        assert (file.getframerate(), file.getnchannels(), file.getnframes()) == (
            rate,
            channels,
            4800,
        )


@given(st.lists(st.integers(0, 4800), max_size=6))
def test_what_was_written_is_readable_at_any_moment(tmp_path_factory, cuts):
    path = tmp_path_factory.mktemp("wav") / "a.wav"
    written = 0
    with WavWriter(path, 16000, 2) as writer:
        for piece in np.split(SOUND, sorted(cuts)):
            writer.write(piece)
            written += len(piece)
            assert np.array_equal(read_wav(path).samples, SOUND[:written])
            assert writer.duration == written / 16000


KILLED = """
import os, sys
import numpy as np
from media.wav import WavWriter
writer = WavWriter(sys.argv[1], 16000)
for second in range(3):
    writer.write(np.full((16000, 1), second + 1, np.int16))
os.kill(os.getpid(), 9)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_after_a_crash_all_that_was_written_is_there(tmp_path):
    run = subprocess.run([sys.executable, "-c", KILLED, tmp_path / "a.wav"], check=False)
    assert run.returncode == -signal.SIGKILL
    assert read_wav(tmp_path / "a.wav").samples[::16000, 0].tolist() == [1, 2, 3]


def test_a_file_cut_off_in_the_middle_is_read_as_far_as_it_goes(tmp_path):
    write_wav(tmp_path / "a.wav", AudioFrame(SOUND.copy(), 48000))
    os.truncate(tmp_path / "a.wav", 44 + 4 * 1000 + 3)
    assert np.array_equal(read_wav(tmp_path / "a.wav").samples, SOUND[:1000])


@pytest.mark.parametrize(("width", "step"), [(1, 256), (2, 1), (3, 1), (4, 1)])
def test_integers_of_any_width_are_read(tmp_path, width, step):
    wanted = SOUND // step * step
    wide = (wanted.astype(np.int64) << 16).astype("<i4")  # as 32 bits; the upper bytes count
    data = wide.reshape(-1, 1).view(np.uint8).reshape(-1, 4)[:, 4 - width :]
    if width == 1:
        data = data ^ 0x80  # eight bits are unsigned
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setparams((2, width, 44100, 0, "NONE", ""))
        file.writeframes(np.ascontiguousarray(data).tobytes())
    assert np.array_equal(read_wav(tmp_path / "a.wav").samples, wanted)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is not a WAV file of integer PCM: it ends too early"),
        (b"RIFF", "is not a WAV file"),
        (b"OggS" + bytes(100), "is not a WAV file of integer PCM: file does not start with RIFF"),
    ],
)
def test_what_is_no_wav_is_told(tmp_path, data, says):
    (tmp_path / "a.wav").write_bytes(data)
    with pytest.raises(NotAWavError, match=says):
        read_wav(tmp_path / "a.wav")


@pytest.mark.parametrize(
    ("channels", "rate", "says"), [(1, 11025, "rate 11025"), (4, 8000, "4 ch")]
)
def test_a_wav_of_another_kind_is_told(tmp_path, channels, rate, says):
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setparams((channels, 2, rate, 0, "NONE", ""))
        file.writeframes(bytes(80))
    with pytest.raises(NotAWavError, match=f"cannot be used as it is.*{says}"):
        read_wav(tmp_path / "a.wav")


def test_no_file_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_wav(tmp_path / "none.wav")


def test_a_writer_takes_its_own_shape_and_nothing_once_closed(tmp_path):
    writer = WavWriter(tmp_path / "a.wav", 16000)
    writer.write(SOUND[:, 0])  # one dimension is mono
    with pytest.raises(FormatError, match=r"shape \(4800, 2\) came; they must be int16 \[n, 1\]"):
        writer.write(SOUND)
    with pytest.raises(FormatError, match="float64"):
        writer.write(SOUND[:, 0].astype(float))
    writer.close()
    writer.close()
    with pytest.raises(ClosedError, match=r"a\.wav is closed"):
        writer.write(SOUND[:, 0])
    assert len(read_wav(tmp_path / "a.wav")) == 4800


def test_more_than_a_wav_can_hold_is_told_before_it_is_written(tmp_path):
    with WavWriter(tmp_path / "a.wav", 48000, 2) as writer:
        writer._bytes = 0xFFFF_FFFF - 44 - 100
        with pytest.raises(FormatError, match="at most 4 GB"):
            writer.write(SOUND)
        writer._bytes = 0
