"""A call under random crashes and interruptions: it always answers the next question."""

import logging
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from talking import GREETING, scripted

from callboard.testing import chaos
from callboard.testing.chaos import Deed
from callboard.testing.lab import CallLab
from callboard.testing.network import Network

MANY = 10 if os.environ.get("CALLBOARD_REQUIRE_REAL") == "1" else 2
"""Examples: CI tries five times as many."""

ASSISTANT = Path(__file__).resolve().parents[2] / "examples" / "agents" / "assistant.py"
PATHS = [
    *("ears/vad", "ears/turns", "ears/hearing", "mind/conversation", "mind/thinking"),
    *("voice/speaking", "voice/microphone", "ears", "mind", "voice"),
]


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger("callboard"), "disabled", True)


@settings(
    max_examples=6 * MANY,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(deeds=chaos.deeds(PATHS, until=6.0, most=4))
def test_whatever_happened_the_next_question_is_answered(deeds: list[Deed]) -> None:
    lab = scripted(CallLab(ASSISTANT))
    lab.join("Alice").says("tell me a story", at=1.0).says("hello there", at=13.0)
    lab.suffer(*deeds)
    timeline = lab.run(18)
    assert timeline.heard("Alice")[-1].text == GREETING, str(timeline)


@settings(
    max_examples=3 * MANY,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(network=chaos.networks(worst_loss=0.1, worst_delay=0.2))
def test_on_any_bearable_network_there_is_an_answer(network: Network) -> None:
    lab = scripted(CallLab(ASSISTANT))
    lab.join("Alice").says("hello there", at=1.0)
    lab.wire(loss=network.loss, burst=network.burst, delay=network.delay, jitter=network.jitter)
    timeline = lab.run(8)
    assert timeline.heard("Alice"), str(timeline)
