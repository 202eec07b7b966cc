"""Opus by libopus, called keeping and giving away the interpreter lock, beside PyAV's."""

# PyAV's stubs leave the type parameter of Packet open.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable, Iterator

import av
import numpy as np

from benchmarks.media.recordings import speech
from benchmarks.media.table import Row
from benchmarks.media.timing import interleaved
from media import Samples
from media.opus import OpusDecoder, OpusEncoder
from media.opus.library import Binding, library

FRAMES = 100


def rows() -> Iterator[Row]:
    spoken = list(speech(FRAMES / 50).reshape(FRAMES, 320, 1))
    payloads = [OpusEncoder(16000).encode(frame) for frame in spoken]
    yield from _decoding(payloads)
    yield from _encoding(spoken)
    yield from _beside_a_busy_thread(library().path, payloads)


def _decoding(payloads: list[bytes]) -> Iterator[Row]:
    def through(decode: Callable[[bytes], object]) -> Callable[[], object]:
        return lambda: [decode(payload) for payload in payloads]

    context = av.CodecContext.create("opus", "r")
    second, resampler = av.CodecContext.create("opus", "r"), av.AudioResampler("s16", "mono", 16000)
    restoring = OpusDecoder()
    narrow, wide, restored, theirs, whole = interleaved(
        [
            through(OpusDecoder(16000, 1).decode),
            through(OpusDecoder(48000, 2).decode),
            through(lambda payload: restoring.recover(payload, 320)),
            through(lambda payload: context.decode(av.Packet(payload))),
            through(
                lambda payload: [
                    piece.to_ndarray()
                    for frame in second.decode(av.Packet(payload))
                    for piece in resampler.resample(frame)
                ]
            ),
        ],
        calls=1,
    )
    yield Row("decode to 16 kHz mono", narrow / FRAMES, "us", "PyAV, 48 kHz", theirs / FRAMES)
    yield Row("decode to 16 kHz mono", narrow / FRAMES, "us", "PyAV, 16 kHz", whole / FRAMES)
    yield Row("decode to 48 kHz stereo", wide / FRAMES, "us", "PyAV, 48 kHz", theirs / FRAMES)
    yield Row("restore from redundancy, 16 kHz mono", restored / FRAMES, "us")


def _encoding(spoken: list[Samples]) -> Iterator[Row]:
    def through(encode: Callable[[Samples], object]) -> Callable[[], object]:
        return lambda: [encode(frame) for frame in spoken]

    pyav = av.CodecContext.create("libopus", "w")
    pyav.sample_rate, pyav.layout, pyav.format, pyav.bit_rate = 16000, "mono", "s16", 32000
    pyav.options = {"application": "voip", "compression_level": "5", "fec": "1"}

    def by_pyav(samples: Samples) -> bytes:
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), "s16", "mono")
        frame.sample_rate = 16000
        return b"".join(bytes(packet) for packet in pyav.encode(frame))

    encoders = [OpusEncoder(16000, complexity=complexity) for complexity in (0, 5, 10)]
    *ours, theirs = interleaved(
        [*(through(encoder.encode) for encoder in encoders), through(by_pyav)],
        calls=1,
        rounds=10,
    )
    for complexity, taken in zip((0, 5, 10), ours, strict=True):
        peer = ("PyAV", theirs / FRAMES) if complexity == 5 else ("", None)
        yield Row(f"encode 16 kHz mono, complexity {complexity}", taken / FRAMES, "us", *peer)


def _beside_a_busy_thread(path: str, payloads: list[bytes]) -> Iterator[Row]:
    """Show why the lock is kept: giving it away costs more to get it back than the call takes."""
    bindings = [Binding(path, keep_lock=keep) for keep in (True, False)]
    idle = [_waited(binding, payloads) for binding in bindings]
    stop = threading.Event()
    busy = threading.Thread(target=_count_until, args=(stop,))
    busy.start()
    try:
        beside = [_waited(binding, payloads) for binding in bindings]
    finally:
        stop.set()
        busy.join()
    yield Row("decode, lock kept (wall clock)", idle[0], "us", "lock given away", idle[1])
    yield Row("the same beside a busy thread", beside[0], "us", "lock given away", beside[1])


def _count_until(stop: threading.Event) -> None:
    number = 0
    while not stop.is_set():
        number += 1


def _waited(opus: Binding, payloads: list[bytes]) -> float:
    state = ctypes.create_string_buffer(opus.size["decoder"](1))
    opus.begin["decoder"](state, 16000, 1)
    out = ctypes.create_string_buffer(2 * 1920)
    taken: list[float] = []
    for payload in payloads:
        begin = time.perf_counter()
        opus.decode(state, payload, len(payload), out, 1920, False)
        taken.append(time.perf_counter() - begin)
    return float(np.mean(taken)) * 1e6
