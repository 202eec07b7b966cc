"""A person in a browser talks with the agent of `callboard talk`, and talks over it."""

from __future__ import annotations

import difflib
import re
import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import trio
from chromium import open_chromium
from chromium.worklet import RATE, loud, tap, tapped
from real_parts import RECORDINGS, Photograph
from scene import ON_STAGE, remote_track
from talk_command import talking

from actors.stages.ears import moonshine_model
from media.wav import read_wav

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("chromium", "human_speech")]

Samples = npt.NDArray[np.int16]

JOINED_WITHIN = 5.0
SILENT_WITHIN = 0.25
LEVEL = 300.0
"""Of 32768: above the noise of the recordings, below the weakest vowel."""
HOP = 0.005

CAPTIONS = """globalThis.said = new Map();
callboard.on("caption", (caption) =>
    said.set(`${caption.participant} ${caption.turn}`, caption))"""
AGENT = "[...callboard.participants.values()].find((each) => each.agent)"
OWN_LINES = (
    "[...document.querySelectorAll('#surtitles [data-kind=own]')].map((line) => line.innerText)"
)
AGENTS_CAPTIONS = f"[...said.values()].filter(({{ participant }}) => participant === {AGENT}.id)"


def test_speaks_is_answered_and_talks_over_the_answer(
    tmp_path: Path, photograph: Photograph
) -> None:
    if not moonshine_model.available():
        pytest.skip("No speech recogniser on this machine: pip install 'callboard[voice]'.")
    first = read_wav(
        RECORDINGS / "librivox" / "sense_and_sensibility_01_austen_64kb-0880.wav"
    ).samples[:, 0]
    second = np.fromfile(RECORDINGS / "goforward.raw", "<i2")
    # The agent repeats what it heard and explains itself, for 14 s: the second cuts it off.
    script = [6.0, first, 5.0, second, 6.0]
    microphone = tmp_path / "person.wav"
    write(microphone, script)

    async def main() -> None:
        async with (
            talking() as url,
            open_chromium(microphone=microphone) as browser,
        ):
            began = trio.current_time()
            page = await browser.open_page(f"{url}?join=1&name=Alice", bypass_policy=True)
            await page.wait_for(ON_STAGE)
            await page.wait_for(f"{remote_track()} && callboard.me.playing")
            assert trio.current_time() - began <= JOINED_WITHIN
            await page.evaluate(CAPTIONS)
            await tap(page, "callboard.localTrack('microphone')", remote_track())
            await photograph(page, "agent-listening-dark")
            await page.wait_for(f"{AGENTS_CAPTIONS}.length === 1", timeout=20)
            await trio.sleep(0.7)
            await photograph(page, "agent-speaking-dark")
            await page.wait_for("document.querySelector('#surtitles s')", timeout=20)
            await photograph(page, "agent-cut-off-dark")
            await page.wait_for(f"{OWN_LINES}.some((line) => /forward/i.test(line))")
            await trio.sleep(0.5)
            heard = await tapped(page)
            cut = (await page.evaluate(AGENTS_CAPTIONS))[0]
            assert page.complaints == []
        onset, end = last_utterance(heard.own)
        remote_loud = loud(heard.remote, LEVEL, HOP)
        assert remote_loud[onset - 60 : onset].any()  # it is the answer that is talked over
        still_heard = np.flatnonzero(remote_loud[onset:end])
        assert (still_heard[-1] + 1) * HOP <= SILENT_WITHIN
        assert cut["text"].startswith(cut["heard"])
        assert len(cut["heard"]) < len(cut["text"])
        spoken = heard.remote[: round((onset * HOP + SILENT_WITHIN) * RATE)]
        assert likeness(transcribed(spoken), cut["heard"]) >= 0.75

    trio.run(main)


def write(path: Path, script: list[float | Samples]) -> None:
    """A recording of pauses (seconds) and utterances."""
    pieces = [
        piece if isinstance(piece, np.ndarray) else np.zeros(round(piece * RATE), np.int16)
        for piece in script
    ]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.concatenate(pieces).astype("<i2").tobytes())


def last_utterance(own: Samples) -> tuple[int, int]:
    """Where the last that the person said begins and ends, in hops."""
    voiced = np.flatnonzero(loud(own, LEVEL, HOP))
    pauses = np.flatnonzero(np.diff(voiced) > 2.0 / HOP)
    return int(voiced[pauses[-1] + 1]), int(voiced[-1])


def transcribed(samples: Samples) -> str:
    from actors.stages.ears.moonshine import transcribe

    voiced = np.flatnonzero(loud(samples, LEVEL, HOP))
    size = round(HOP * RATE)
    return transcribe(samples[max(0, voiced[0] - 40) * size : (voiced[-1] + 40) * size])


def likeness(one: str, other: str) -> float:
    """The share of words that two texts have in common, in order."""
    words = [re.findall(r"[a-z']+", text.lower()) for text in (one, other)]
    return difflib.SequenceMatcher(None, *words).ratio()
