"""Opus by libopus, called keeping and giving away the interpreter lock, beside PyAV's codec."""

# PyAV's stubs leave the type parameter of Packet open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

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
from media.opus.by_pyav import PyavDecoder, PyavEncoder
from media.opus.library import Binding, LibopusDecoder, bound

FRAMES = 100


def rows() -> Iterator[Row]:
    found = bound()
    if found is None:
        return
    spoken = list(speech(FRAMES / 50).reshape(FRAMES, 320, 1))
    payloads = [OpusEncoder(16000).encode(frame) for frame in spoken]
    yield from _decoding(payloads)
    yield from _encoding(spoken)
    yield from _beside_a_busy_thread(found[1].path, payloads)


def _decoding(payloads: list[bytes]) -> Iterator[Row]:
    def through(decode: Callable[[bytes], object]) -> Callable[[], object]:
        return lambda: [decode(payload) for payload in payloads]

    context = av.CodecContext.create("opus", "r")
    pyav, restoring = PyavDecoder(16000, 1), OpusDecoder()
    narrow, wide, restored, theirs, whole = interleaved(
        [
            through(OpusDecoder(16000, 1).decode),
            through(OpusDecoder(48000, 2).decode),
            through(lambda payload: restoring.recover(payload, 320)),
            through(lambda payload: context.decode(av.Packet(payload))),
            through(lambda payload: pyav.run(payload, 1920, False)),
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

    pyav = PyavEncoder(16000, 1)
    pyav.set(4010, 5)
    pyav.set(4012, 1)
    encoders = [OpusEncoder(16000, complexity=complexity) for complexity in (0, 5, 10)]
    *ours, theirs = interleaved(
        [*(through(encoder.encode) for encoder in encoders), through(pyav.run)],
        calls=1,
        rounds=10,
    )
    for complexity, taken in zip((0, 5, 10), ours, strict=True):
        peer = ("PyAV", theirs / FRAMES) if complexity == 5 else ("", None)
        yield Row(f"encode 16 kHz mono, complexity {complexity}", taken / FRAMES, "us", *peer)


def _beside_a_busy_thread(path: str, payloads: list[bytes]) -> Iterator[Row]:
    """Show why the lock is kept: giving it away costs more to get it back than the call takes."""
    decoders = [LibopusDecoder(Binding(path, keep_lock=keep), 16000, 1) for keep in (True, False)]
    idle = [_waited(decoder, payloads) for decoder in decoders]
    stop = threading.Event()
    busy = threading.Thread(target=_count_until, args=(stop,))
    busy.start()
    try:
        beside = [_waited(decoder, payloads) for decoder in decoders]
    finally:
        stop.set()
        busy.join()
    yield Row("decode, lock kept (wall clock)", idle[0], "us", "lock given away", idle[1])
    yield Row("the same beside a busy thread", beside[0], "us", "lock given away", beside[1])


def _count_until(stop: threading.Event) -> None:
    number = 0
    while not stop.is_set():
        number += 1


def _waited(decoder: LibopusDecoder, payloads: list[bytes]) -> float:
    taken: list[float] = []
    for payload in payloads:
        begin = time.perf_counter()
        decoder.run(payload, 1920, False)
        taken.append(time.perf_counter() - begin)
    return float(np.mean(taken)) * 1e6
