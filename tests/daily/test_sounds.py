"""The ear of these tests tells what it is to tell: a torn piece from a fault of all pieces."""

import numpy as np
import pytest
from sounds import PIECE, check_speech, find, seconds_of, tone

from callboard.testing.synthetic import synthesize

SAID = synthesize("every example does what it says it does")
WRITES = np.split(SAID, range(PIECE, len(SAID), PIECE))


def late(said: np.ndarray) -> np.ndarray:
    return np.pad(said, (5000, 3000))


def test_what_arrives_as_it_was_said_is_found_whole_at_its_own_pace() -> None:
    found = find(SAID, late(SAID))
    assert (found.share, found.pace) == (1.0, 1.0)
    assert found.places[0] == (0, 5000 + PIECE // 2)


def test_what_is_said_again_and_again_is_found_once() -> None:
    torn = SAID.copy()
    torn[5000:5400] = 0
    found = find(SAID, np.concatenate((torn, SAID, SAID)))
    assert found.places[-1][1] - found.places[0][1] == (found.of - 1) * PIECE
    check_speech(SAID, np.concatenate((torn, SAID, SAID)))


def test_a_stall_tears_what_it_falls_into_and_nothing_else() -> None:
    stall = np.zeros(4000, np.int16)
    heard = np.concatenate((SAID[:9600], stall, SAID[9600:24000], SAID[26000:]))
    found = find(SAID, late(heard))
    assert (found.of, len(found.places)) == (22, 19)
    check_speech(SAID, late(heard))


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(np.zeros(len(SAID), np.int16), id="silence"),
        pytest.param(
            np.random.default_rng(1).integers(-8000, 8000, len(SAID)).astype(np.int16), id="noise"
        ),
        pytest.param(SAID[::-1], id="backwards"),
        pytest.param(synthesize("this is not what this example says at all"), id="something else"),
        pytest.param(
            np.concatenate([np.pad(write, (0, 160)) for write in WRITES]), id="gaps of 10 ms"
        ),
        pytest.param(
            np.concatenate([write[320:] for write in WRITES]), id="20 ms of each write lost"
        ),
        pytest.param(np.concatenate([np.tile(write, 2) for write in WRITES]), id="all said twice"),
        pytest.param(np.concatenate(WRITES[::-1]), id="the last write first"),
        pytest.param(
            np.concatenate([np.concatenate(WRITES[k : k + 2][::-1]) for k in range(0, 24, 2)]),
            id="neighbours exchanged",
        ),
        pytest.param(
            np.interp(np.arange(0, len(SAID), 0.9), np.arange(len(SAID)), SAID).astype(np.int16),
            id="slower",
        ),
        pytest.param(SAID[: len(SAID) // 2], id="half of it"),
    ],
)
def test_a_fault_of_all_writes_is_heard(fault: np.ndarray) -> None:
    with pytest.raises(AssertionError):
        check_speech(SAID, late(fault))


def test_seconds_of_a_tone() -> None:
    pcm = np.concatenate((tone(440, 0.5), np.zeros(8000, np.int16), tone(700, 0.25))).tobytes()
    assert seconds_of(440, pcm) == pytest.approx(0.5, abs=0.01)
    assert seconds_of(700, pcm) == pytest.approx(0.25, abs=0.01)
    assert seconds_of(1000, pcm) < 0.01
