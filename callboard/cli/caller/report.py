"""Reports a scripted call: speech, pauses and words, as data and as text."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Final

import attrs
import numpy as np
from numpy.typing import NDArray

from actors.protocol import Json
from actors.stages.ears import moonshine
from callboard.cli.caller.tape import RATE
from media.jitter import JitterStatistics
from runtime.threads import in_worker_thread

_BLOCK: Final = RATE // 100
"""10 ms: the resolution of all times here."""

_QUIET: Final = -50.0
"""dBFS under which nobody speaks, however quiet the rest is."""

_OVER_NOISE: Final = 12.0
"""dB by which speech stands out of a recording's own noise."""

_JOINED: Final = 0.5
"""Seconds: shorter pauses are part of one utterance."""

_SHORTEST: Final = 0.08
"""Seconds: shorter sounds are clicks."""

_HOLE: Final = 0.04
"""Seconds of digital silence that can be a hole."""

_CUT: Final = -40.0
"""dBFS next to a hole: sound that was cut off there, or breaks in. A voice that pauses fades."""


@attrs.frozen
class Stretch:
    """A stretch of a recording, in seconds from its start."""

    start: float
    end: float
    transcript: str | None = None
    """What is said in it, where speech recognition is installed."""

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.end - self.start

    def of(self, samples: NDArray[np.int16], margin: float = 0.1) -> NDArray[np.int16]:
        """The samples of this stretch, with a margin on both sides."""
        start = max(0, round((self.start - margin) * RATE))
        return samples[start : round((self.end + margin) * RATE)]


def utterances(samples: NDArray[np.int16]) -> list[Stretch]:
    """Where somebody speaks in int16 `[n]` at 16 kHz, by the level of blocks of 10 ms."""
    levels = _levels(samples)
    if not len(levels):
        return []
    sounding = levels[levels > -90.0]
    floor = float(np.percentile(sounding, 10)) if len(sounding) else -90.0
    loudest = float(levels.max())
    # Between the noise and the voice, whatever the distance of the two.
    threshold = max(_QUIET, min(floor + _OVER_NOISE, loudest - 20.0))
    return _joined(_runs(levels >= threshold))


def gaps(samples: NDArray[np.int16], within: list[Stretch]) -> list[Stretch]:
    """Holes in speech: digital silence, with sound that was cut off on at least one of its sides.

    A voice's own pause between two clauses may be digital silence too; there the sound fades.
    """
    levels = _levels(samples)
    found: list[Stretch] = []
    for hole in _runs(_peaks(samples) <= 1):
        if hole.duration < _HOLE:
            continue
        if not any(whole.start < hole.start and hole.end < whole.end for whole in within):
            continue
        before, after = round(hole.start * 100) - 1, round(hole.end * 100)
        if max(levels[before], levels[after]) >= _CUT:
            found.append(hole)
    return found


def pauses(samples: NDArray[np.int16], within: list[Stretch]) -> list[Stretch]:
    """All pauses in speech: quieter than `utterances` takes for speech."""
    return [
        each
        for each in _runs(_levels(samples) < _QUIET)
        if any(whole.start < each.start and each.end < whole.end for whole in within)
    ]


def _blocks(samples: NDArray[np.int16]) -> NDArray[np.float64]:
    whole = len(samples) - len(samples) % _BLOCK
    return samples[:whole].astype(np.float64).reshape(-1, _BLOCK)


def _levels(samples: NDArray[np.int16]) -> NDArray[np.float64]:
    """dBFS of each block."""
    power = np.mean(np.square(_blocks(samples) / 32768.0), axis=1)
    return 10 * np.log10(np.maximum(power, 1e-12))


def _peaks(samples: NDArray[np.int16]) -> NDArray[np.float64]:
    return np.abs(_blocks(samples)).max(axis=1, initial=0.0)


def _runs(true: NDArray[np.bool_]) -> list[Stretch]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], true, [False])).astype(np.int8)))
    return [
        Stretch(int(start) * _BLOCK / RATE, int(end) * _BLOCK / RATE)
        for start, end in zip(edges[::2], edges[1::2], strict=True)
    ]


def _joined(runs: list[Stretch]) -> list[Stretch]:
    joined: list[Stretch] = []
    for run in runs:
        if joined and run.start - joined[-1].end < _JOINED:
            joined[-1] = Stretch(joined[-1].start, run.end)
        else:
            joined.append(run)
    return [each for each in joined if each.duration >= _SHORTEST]


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
    utterances: Sequence[Stretch]
    speech: Sequence[Stretch]
    gaps: Sequence[Stretch]
    longest_pause: float
    reception: Sequence[JitterStatistics]
    missed: float

    @property
    def responses(self) -> list[Response]:
        return responses(self.utterances, self.speech)

    @property
    def longest_gap(self) -> float:
        return max((gap.duration for gap in self.gaps), default=0.0)

    def as_json(self) -> dict[str, Json]:
        """Plain data, as `--json` writes it."""
        latencies = [each.latency for each in self.responses]
        counts = ("expected", "received", "lost", "late", "discarded")
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
                "median": _rounded(statistics.median(latencies)) if latencies else None,
                "longest": _rounded(max(latencies, default=None)),
            },
            "gaps": [
                {"start": _rounded(gap.start), "duration": _rounded(gap.duration)}
                for gap in self.gaps
            ],
            "longest_gap": _rounded(self.longest_gap),
            "longest_pause": _rounded(self.longest_pause),
            "packets": {
                count: sum(getattr(each, count) for each in self.reception) for count in counts
            },
            "concealed_seconds": _rounded(
                sum(each.loss_concealment + each.adjustment_concealment for each in self.reception)
            ),
            "missed_seconds": _rounded(self.missed),
        }

    def as_text(self) -> str:
        """Lines for the person at the terminal."""
        with_whom = ", ".join(self.participants) or "nobody"
        lines = [
            f"joined after {_seconds(self.join_seconds)}, media after "
            f"{_seconds(self.media_seconds)}; {self.duration:.1f} s with {with_whom}",
        ]
        timed = [(each, "you") for each in self.utterances] + [(a, "they") for a in self.speech]
        for each, who in sorted(timed, key=lambda pair: pair[0].start):
            words = f"{who:4}  {each.transcript or ''}".rstrip()
            lines.append(f"{each.start:7.2f} - {each.end:6.2f}  {words}")
        if latencies := [each.latency for each in self.responses]:
            lines.append(
                f"response latency: median {statistics.median(latencies):.2f} s, longest "
                f"{max(latencies):.2f} s"
            )
        lost = sum(each.lost for each in self.reception)
        lines.append(
            f"{len(self.gaps)} gap(s) in speech, the longest {1000 * self.longest_gap:.0f} ms; "
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


def _utterance(each: Stretch) -> dict[str, Json]:
    data: dict[str, Json] = {"start": _rounded(each.start), "end": _rounded(each.end)}
    if each.transcript is not None:
        data["transcript"] = each.transcript
    return data


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"{value:.2f} s"


async def in_words(samples: NDArray[np.int16], stretches: Sequence[Stretch]) -> Sequence[Stretch]:
    """Each stretch with its transcript; without the voice extra there is none."""
    if not moonshine.available():
        return stretches
    from actors.stages.ears.moonshine import transcribe  # noqa: PLC0415  (an extra)

    return [
        attrs.evolve(each, transcript=await in_worker_thread(transcribe, each.of(samples)))
        for each in stretches
    ]
