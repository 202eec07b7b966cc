"""What a scripted call measured, as data and as text."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from actors.call.protocol import Json
from callboard.cli.caller.speech import Stretch, gaps, pauses, utterances
from callboard.cli.caller.tape import RATE, Tape
from media.jitter import JitterStatistics


@attrs.frozen
class Utterance:
    """One stretch of speech, and its words where speech recognition is installed."""

    start: float
    end: float
    transcript: str | None = None


@attrs.frozen
class Response:
    """Who spoke next after an utterance of the caller's, and how soon (seconds)."""

    utterance: int
    speech: int
    latency: float


@attrs.frozen
class Report:
    """All times are seconds of the recording, whose second 0 is the call's first tick."""

    url: str
    join_seconds: float | None
    media_seconds: float | None
    duration: float
    participants: Sequence[str]
    utterances: Sequence[Utterance]
    speech: Sequence[Utterance]
    responses: Sequence[Response]
    gaps: Sequence[Stretch]
    longest_pause: float
    reception: Sequence[JitterStatistics]
    missed: float

    @property
    def median_latency(self) -> float | None:
        """Of all responses, in seconds."""
        if not self.responses:
            return None
        return statistics.median(each.latency for each in self.responses)

    def as_json(self) -> dict[str, Json]:
        """Plain data, as `--json` writes it."""
        return {
            "url": self.url,
            "join_seconds": _rounded(self.join_seconds),
            "media_seconds": _rounded(self.media_seconds),
            "duration": _rounded(self.duration),
            "participants": list(self.participants),
            "utterances": [_utterance(each) for each in self.utterances],
            "agent_speech": [_utterance(each) for each in self.speech],
            "responses": [
                {
                    "utterance": each.utterance,
                    "agent_speech": each.speech,
                    "latency": _rounded(each.latency),
                }
                for each in self.responses
            ],
            "response_latency": {
                "median": _rounded(self.median_latency),
                "longest": _rounded(max((r.latency for r in self.responses), default=None)),
            },
            "gaps": [
                {"start": _rounded(gap.start), "duration": _rounded(gap.duration)}
                for gap in self.gaps
            ],
            "longest_gap": _rounded(max((gap.duration for gap in self.gaps), default=0.0)),
            "longest_pause": _rounded(self.longest_pause),
            "packets": {
                "expected": sum(each.expected for each in self.reception),
                "received": sum(each.received for each in self.reception),
                "lost": sum(each.lost for each in self.reception),
                "late": sum(each.late for each in self.reception),
                "discarded": sum(each.discarded for each in self.reception),
            },
            "concealed_seconds": _rounded(
                sum(each.loss_concealment + each.adjustment_concealment for each in self.reception)
            ),
            "missed_seconds": _rounded(self.missed),
        }

    def as_text(self) -> str:
        """What the person at the terminal reads."""
        with_whom = ", ".join(self.participants) or "nobody"
        lines = [
            f"joined after {_seconds(self.join_seconds)}, media after "
            f"{_seconds(self.media_seconds)}; {self.duration:.1f} s with {with_whom}",
        ]
        timed = [(each, "you") for each in self.utterances] + [(a, "they") for a in self.speech]
        for each, who in sorted(timed, key=lambda pair: pair[0].start):
            words = f"{who:4}  {each.transcript or ''}".rstrip()
            lines.append(f"{each.start:7.2f} - {each.end:6.2f}  {words}")
        if self.responses:
            lines.append(
                f"response latency: median {_seconds(self.median_latency)}, longest "
                f"{_seconds(max(each.latency for each in self.responses))}"
            )
        longest = max((gap.duration for gap in self.gaps), default=0.0)
        lost = sum(each.lost for each in self.reception)
        lines.append(
            f"{len(self.gaps)} gap(s) in speech, the longest {1000 * longest:.0f} ms; "
            f"{lost} packet(s) lost"
        )
        return "\n".join(lines)


def responses(said: Sequence[Stretch], heard: Sequence[Stretch]) -> list[Response]:
    """For each utterance the first speech that begins after its end and before the next one."""
    found: list[Response] = []
    for number, utterance in enumerate(said):
        until = said[number + 1].start if number + 1 < len(said) else float("inf")
        for answer, speech in enumerate(heard):
            if utterance.end <= speech.start < until:
                found.append(Response(number, answer, speech.start - utterance.end))
                break
    return found


@attrs.frozen
class Measured:
    """What the tape says by itself."""

    said: list[Stretch]
    heard: list[Stretch]
    gaps: list[Stretch]
    longest_pause: float


def measure(tape: Tape) -> Measured:
    """Find the speech on both sides, and the holes in what was heard."""
    said, heard = tape.said, tape.heard
    answers = utterances(heard)
    longest = max((each.duration for each in pauses(heard, answers)), default=0.0)
    return Measured(utterances(said), answers, gaps(heard, answers), longest)


def seconds_of(samples: NDArray[np.int16]) -> float:
    """How long 16 kHz samples last."""
    return len(samples) / RATE


def _utterance(each: Utterance) -> dict[str, Json]:
    data: dict[str, Json] = {"start": _rounded(each.start), "end": _rounded(each.end)}
    if each.transcript is not None:
        data["transcript"] = each.transcript
    return data


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"{value:.2f} s"
