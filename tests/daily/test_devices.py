"""Devices outside of any call, from several threads, with real time behind them."""

import gc
import threading
import time
from collections.abc import Callable

import numpy as np
import pytest

from callboard.daily import (
    CustomAudioSource,
    CustomAudioTrack,
    CustomVideoSource,
    CustomVideoTrack,
    Daily,
)
from callboard.daily.context import process

pytestmark = pytest.mark.real

SECOND = b"\x01\x00" * 16000


def test_what_a_device_says_of_itself() -> None:
    microphone = Daily.create_microphone_device("mic", sample_rate=24000, channels=2)
    speaker = Daily.create_speaker_device("speaker", sample_rate=8000)
    camera = Daily.create_camera_device("camera", 640, 360, "I420")
    assert (microphone.name, microphone.sample_rate, microphone.channels) == ("mic", 24000, 2)
    assert (speaker.name, speaker.sample_rate, speaker.channels) == ("speaker", 8000, 1)
    assert (camera.name, camera.width, camera.height) == ("camera", 640, 360)
    assert camera.color_format == "I420"
    assert Daily.create_camera_device("plain", 2, 2).color_format == "RGBA"
    with pytest.raises(AttributeError):
        microphone.name = "other"


def test_a_blocking_write_takes_its_time_and_returns_its_frames() -> None:
    microphone = Daily.create_microphone_device("mic")
    began = time.monotonic()
    assert microphone.write_frames(SECOND[:9600]) == 4800
    # It may take longer on a busy machine, never less.
    assert time.monotonic() - began >= 0.299


def test_a_read_brings_just_what_was_asked_for_in_real_time() -> None:
    speaker = Daily.create_speaker_device("speaker")
    began = time.monotonic()
    chunks = [speaker.read_frames(1600) for _ in range(3)]
    assert time.monotonic() - began >= 0.299
    assert chunks == [bytes(3200)] * 3
    assert speaker.read_frames(0) == b""


def test_completions_come_once_each_in_order_and_do_not_wait_for_each_other(told) -> None:
    microphone = Daily.create_microphone_device("mic", non_blocking=True)
    together = threading.Barrier(4)
    order: list[int] = []
    written = [told() for _ in range(4)]

    def done(k: int, frames: int) -> None:
        order.append(k)
        together.wait(30)  # none goes on before all four were called
        written[k](frames)

    for k in range(4):
        assert microphone.write_frames(SECOND[:3200], completion=lambda n, k=k: done(k, n)) == 0
    assert [each.value for each in written] == [1600] * 4
    assert order == [0, 1, 2, 3]


def test_a_blocking_device_with_a_completion_calls_it_too(told) -> None:
    written, heard = told(), told()
    microphone = Daily.create_microphone_device("mic")
    speaker = Daily.create_speaker_device("speaker")
    assert microphone.write_frames(SECOND[:640], completion=written) == 320
    assert speaker.read_frames(320, completion=heard) == bytes(640)
    assert written.value == 320
    assert heard.value == bytes(640)


def test_a_non_blocking_speaker_answers_by_completion(told) -> None:
    speaker = Daily.create_speaker_device("speaker", non_blocking=True)
    answers = [told() for _ in range(3)]
    for k, answer in enumerate(answers):
        assert speaker.read_frames(160 * (k + 1), completion=answer) == b""
    assert [len(answer.value) for answer in answers] == [320, 640, 960]


def test_a_custom_source_waits_without_a_completion_and_queues_with_one(told) -> None:
    source = CustomAudioSource(16000, 1)
    assert source.write_frames(SECOND[:640]) == 320
    written = told()
    assert source.write_frames(SECOND[:640], completion=written) == 0
    assert written.value == 320
    assert CustomAudioTrack(source).id != CustomAudioTrack(source).id


def test_eight_threads_write_at_once_and_lose_nothing() -> None:
    microphone = Daily.create_microphone_device("mic", non_blocking=True)
    lock, counted = threading.Lock(), []

    def done(frames: int) -> None:
        with lock:
            counted.append(frames)

    def write() -> None:
        for _ in range(5):
            microphone.write_frames(SECOND[:320], completion=done)

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    Daily.create_speaker_device("clock").read_frames(16000)
    assert process.current().callbacks.wait_idle(30)
    assert counted == [160] * 40


@pytest.mark.parametrize("as_what", [bytearray, memoryview, lambda b: np.frombuffer(b, np.int16)])
def test_any_bytes_will_do(as_what: Callable[[bytes], object]) -> None:
    microphone = Daily.create_microphone_device("mic")
    camera = Daily.create_camera_device("camera", 2, 2, "RGB")
    assert microphone.write_frames(as_what(SECOND[:640])) == 320
    camera.write_frame(as_what(bytes(12)))


def test_a_camera_takes_pictures_of_its_own_size_only() -> None:
    camera = Daily.create_camera_device("camera", 4, 2)
    assert camera.write_frame(bytes(32)) is None
    with pytest.raises(ValueError, match="expected 32 bytes for 4x2 RGBA, got 31"):
        camera.write_frame(bytes(31))
    source = CustomVideoSource(4, 2, "I420")
    source.write_frame(bytes(12))
    with pytest.raises(ValueError, match="frame size mismatch: expected 12"):
        source.write_frame(bytes(32))
    assert len(CustomVideoTrack(source).id) == 36


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Daily.create_microphone_device("m", 12345), "sample_rate is 12345"),
        (lambda: Daily.create_microphone_device("m", 16000, 9), "channels is 9"),
        (lambda: Daily.create_microphone_device("m", 16000, -1), "channels is -1"),
        (lambda: Daily.create_speaker_device("s", 0), "sample_rate is 0"),
        (lambda: Daily.create_speaker_device("s", 48000, 1000), "channels is 1000"),
        (lambda: Daily.create_camera_device("c", 0, 10), "width is 0"),
        (lambda: Daily.create_camera_device("c", 10, 10**9), "height is 1000000000"),
        (lambda: Daily.create_camera_device("c", 10, 10, "rgba"), "color_format is 'rgba'"),
        (lambda: Daily.create_camera_device("c", 10, 10, "NV12"), "color_format is 'NV12'"),
        (lambda: Daily.create_microphone_device(""), "a name has one character"),
        (lambda: CustomAudioSource(16000, 0), "channels is 0"),
        (lambda: CustomVideoSource(-1, 2), "width is -1"),
        (lambda: Daily.create_native_vad(1000, 22050), "sample_rate is 22050"),
        (lambda: Daily.create_native_vad(0), "reset_period_ms is 0"),
    ],
)
def test_a_device_that_cannot_be_is_refused_when_it_is_made(
    make: Callable[[], object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_reads_and_writes_that_cannot_be_meant() -> None:
    microphone = Daily.create_microphone_device("mic", channels=2)
    speaker = Daily.create_speaker_device("speaker")
    with pytest.raises(ValueError, match="3 bytes are no whole number of 16-bit frames of 2"):
        microphone.write_frames(b"123")
    with pytest.raises(ValueError, match="num_frames is -1"):
        speaker.read_frames(-1)
    with pytest.raises(ValueError, match="read in parts"):
        speaker.read_frames(10**12)
    with pytest.raises(TypeError):
        microphone.write_frames("text")


def test_the_speaker_that_is_selected_must_exist() -> None:
    one = Daily.create_speaker_device("one")
    Daily.select_speaker_device("one")
    with pytest.raises(RuntimeError, match="unable to select virtual speaker device 'two'"):
        Daily.select_speaker_device("two")
    assert one.name == "one"


def test_a_deleted_device_is_forgotten_and_what_it_held_is_still_played(told) -> None:
    microphone = Daily.create_microphone_device("mic", non_blocking=True)
    context, written = process.current(), told()
    microphone.write_frames(SECOND[:6400], completion=written)
    del microphone
    gc.collect()
    assert written.value == 3200
    shelf = context.resources.devices.microphones
    assert context.background.call(lambda: shelf.all) == ()


def test_strict_behaves_as_the_original_where_nobody_listens(monkeypatch, told) -> None:
    from callboard.daily.options import Options

    monkeypatch.setattr(process, "options", Options(strict=True))
    with pytest.raises(RuntimeError, match=r"call Daily\.init\(\) first"):
        Daily.create_microphone_device("mic")
    Daily.init()
    with pytest.raises(RuntimeError, match="called before"):
        Daily.init()
    assert Daily.create_microphone_device("mic").write_frames(SECOND) == 0
    assert Daily.create_speaker_device("speaker").read_frames(16000) == b""
    written = told()
    quick = Daily.create_microphone_device("quick", non_blocking=True)
    quick.write_frames(SECOND, completion=written)
    assert written.value == 0
