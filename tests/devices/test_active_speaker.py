"""Who speaks, 20 ms at a time."""

import numpy as np
import pytest

from actors.call.roster import SpeakerDetector
from media import AudioFrame


def tick(**levels: int) -> list[AudioFrame]:
    """Everybody's 20 ms at a level, as a square wave of that amplitude."""
    wave = np.tile([1, -1], 160)[:, None]
    return [
        AudioFrame((wave * level).astype(np.int16), 16_000, source=who)
        for who, level in levels.items()
    ]


def changes(*script: tuple[int, dict[str, int]]) -> list[tuple[int, str | None]]:
    """At which tick who became the active speaker; the script says for how many ticks what is."""
    detector, found, number = SpeakerDetector(), [], 0
    for ticks, levels in script:
        for _ in range(ticks):
            if detector.hear(tick(**levels)):
                found.append((number, detector.participant))
            number += 1
    return found


@pytest.mark.parametrize(
    ("script", "speakers"),
    [
        ([(100, {"a": 0, "b": 0})], []),
        ([(100, {"a": 30, "b": 20})], []),  # a noisy room, -60 dBFS
        ([(50, {"a": 3000, "b": 0})], ["a"]),
        ([(50, {"a": 3000, "b": 0}), (50, {"a": 0, "b": 3000})], ["a", "b"]),
        ([(50, {"a": 3000, "b": 0}), (10, {"a": 0, "b": 0}), (50, {"a": 3000, "b": 0})], ["a"]),
        ([(50, {"a": 3000, "b": 2000}), (50, {"a": 3000, "b": 4000})], ["a"]),  # not 6 dB louder
        ([(50, {"a": 3000, "b": 2000}), (50, {"a": 3000, "b": 9000})], ["a", "b"]),
        ([(50, {"a": 3000, "b": 500}), (50, {"b": 500})], ["a", "b"]),  # who left speaks no more
    ],
)
def test_who_is_the_active_speaker(script, speakers) -> None:
    assert [who for _, who in changes(*script)] == speakers


def test_a_voice_is_noticed_within_100_ms_and_a_click_is_not() -> None:
    ((at, _),) = changes((10, {"a": 0}), (20, {"a": 3000}))
    assert 10 <= at <= 14
    assert changes((10, {"a": 0}), (1, {"a": 500}), (20, {"a": 0})) == []


def test_silence_of_nobody_is_nobody() -> None:
    detector = SpeakerDetector()
    assert not detector.hear([AudioFrame.silence(320, 16_000)])
    assert detector.participant is None
