"""A Pipecat bot on its own DailyTransport, unchanged: joins, hears, speaks, is interrupted, leaves.

It runs where Pipecat is installed (the extra `bench`), or with the Python that CALLBOARD_PIPECAT
names; that one needs Callboard too.
"""

import importlib.util
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from daily_scene import URL, Person, microphone
from sounds import seconds_of, tone

from callboard.daily import Daily
from callboard.daily.context import process

PYTHON = os.environ.get("CALLBOARD_PIPECAT") or sys.executable
MISSING = "CALLBOARD_PIPECAT" not in os.environ and importlib.util.find_spec("pipecat") is None
TIMES = 5

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        MISSING,
        reason="needs pipecat-ai: pip install 'callboard[bench]', or CALLBOARD_PIPECAT=python",
    ),
]


class Ears:
    """What is heard, tenth by tenth of a second, on a thread of its own."""

    def __init__(self) -> None:
        self.speaker = Daily.create_speaker_device("ears")
        self._over = False
        self._heard: list[bytes] = []
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self) -> None:
        while not self._over:
            chunk = self.speaker.read_frames(1600)
            with self._news:
                self._heard.append(chunk)
                self._news.notify_all()

    def wait(self, hertz: float, present: bool) -> None:
        """Wait until the last half second holds a tone, or does not."""

        def so() -> bool:
            times = [seconds_of(hertz, chunk) for chunk in self._heard[-5:]]
            return len(times) == 5 and all((each > 0.03) == present for each in times)

        with self._news:
            self._heard.clear()
            assert self._news.wait_for(so, 30), f"{hertz} Hz is not {present}"

    def close(self) -> None:
        self._over = True
        self._thread.join()


@pytest.mark.parametrize("how", ["speaker", "user-tracks"])
def test_a_pipecat_bot_does_all_that_a_bot_does(how: str) -> None:
    ears = Ears()
    Daily.select_speaker_device("ears")
    voice = Daily.create_microphone_device("mic", non_blocking=True)
    context = process.current()
    server = context.background.run(context.resources.room).url("scene", URL)
    person = Person("Bob")
    person.join(inputs=microphone("mic"))
    script = str(Path(__file__).with_name("pipecat_bot.py"))
    command = [PYTHON, "-m", "callboard.cli", "daily", "--room", server, script]
    bot = subprocess.Popen(
        [*command, URL, how, str(TIMES)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        for k in range(TIMES):
            ears.wait(700, True)  # it speaks
            voice.write_frames(tone(440, 1.0).tobytes())
            ears.wait(700, False)  # and stops, long before its ten seconds are over
            person.client.send_app_message({"type": "bye"})
            person.notes.wait_count("participant_left", k + 1)
        out, err = bot.communicate(timeout=60)
    finally:
        bot.kill()
        ears.close()
        person.client.release()
    assert bot.returncode == 0, err
    results = [json.loads(line) for line in out.splitlines()]
    assert len(results) == TIMES
    kind = "speaker" if how == "speaker" else "user"
    for result in results:
        assert result["interrupted"] == 1
        assert result["heard"] >= 5
        assert set(result["frames"]) == {kind}
    assert "Traceback" not in err, err
