"""`callboard talk` and `callboard call`: recorded human speech, real models, a real network."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import attrs
import pytest
from callboard_program import PROGRAM, Running, callboard, running
from real_parts import RECORDINGS, missing

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("voice", "recogniser")]

TALK = ("talk", "--port", "0", "--no-browser")
CARDS = {"003": "seven of clubs", "001": "ten of clubs", "004": "five five"}


@pytest.fixture
def cards() -> list[Path]:
    """A person who names playing cards, a file each."""
    files = [RECORDINGS / "cards" / f"{number}.wav" for number in CARDS]
    if not all(file.exists() for file in files):
        missing("No recording of a person: apt-get install pocketsphinx-testdata.")
    return files


@attrs.frozen
class Conversation:
    """What a scripted call reported, and what the server said meanwhile."""

    report: dict
    text: str
    server: str


def plain(text: str) -> str:
    kept = "".join(c if c.isalnum() else " " for c in text.lower())
    digits = {"10": "ten", "7": "seven", "5": "five", "55": "five five"}
    return " ".join(digits.get(word, word) for word in kept.split())


def converse(talk: Running, files: list[Path], folder: Path) -> Conversation:
    report = folder / "report.json"
    plays = [argument for file in files for argument in ("--play", file)]
    done = callboard(
        "call", talk.url, *plays, "--record", folder / "call.wav", "--json", report, timeout=150
    )
    assert (done.code, done.complaints) == (0, "")
    return Conversation(json.loads(report.read_text(encoding="utf-8")), done.out, talk.err)


def test_a_person_is_understood_and_answered_aloud(cards: list[Path], tmp_path: Path) -> None:
    with running(*TALK, log=tmp_path / "err") as talk:
        conversation = converse(talk, cards, tmp_path)
    report = conversation.report
    assert report["participants"] == ["Assistant"]
    assert report["join_seconds"] < report["media_seconds"]
    heard = [plain(each["transcript"]) for each in report["utterances"]]
    for phrase, words in zip(CARDS.values(), heard, strict=True):
        assert phrase in words
    # Every one of them has its answer, which takes up what was said, and has no hole.
    assert [each["utterance"] for each in report["responses"]] == [0, 1, 2]
    for response, phrase in zip(report["responses"], CARDS.values(), strict=True):
        answer = plain(report["agent_speech"][response["agent_speech"]]["transcript"])
        assert answer.startswith("you ")
        assert phrase.split()[0] in answer
        assert response["latency"] > 0
    assert report["longest_gap"] <= 0.06
    assert report["packets"]["lost"] == 0
    assert "response latency: median" in conversation.text


def test_the_death_of_one_caller_is_noticed_by_no_other(cards: list[Path], tmp_path: Path) -> None:
    with running(*TALK, log=tmp_path / "err") as talk:
        server = talk.url.removesuffix("/lobby")
        callers: list[subprocess.Popen[str]] = []
        try:
            for room in ("one", "two", "three"):
                command = ("call", f"{server}/{room}", "--play", cards[0])
                callers.append(
                    subprocess.Popen(
                        [*PROGRAM, *map(str, command), "--json", str(tmp_path / f"{room}.json")],
                        stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE,
                        text=True,
                    )
                )
            with pytest.raises(subprocess.TimeoutExpired):
                callers[1].wait(timeout=8)  # all three are in the middle of their calls
            callers[1].send_signal(signal.SIGKILL)
            assert [callers[n].wait(timeout=90) for n in (0, 2)] == [0, 0]
        finally:
            for caller in callers:
                caller.kill()
                caller.communicate()
        for room in ("one", "three"):
            report = json.loads((tmp_path / f"{room}.json").read_text(encoding="utf-8"))
            assert len(report["responses"]) == 1
            assert report["longest_gap"] <= 0.06
        assert talk.process.poll() is None
        assert "crashed" not in talk.err
        assert "call.failed" not in talk.err
