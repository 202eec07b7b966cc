"""A crash in a test's own code shows its message, and where two runs are compared it does not."""

from __future__ import annotations

import attrs
import pytest

from callboard import Actor, AudioFrame, Call, Context, Graph, In, Out
from callboard.testing import MakeHarness, MakeLab
from callboard.testing.timeline import Crashed


@attrs.frozen
class Clumsy(Actor):
    voices = In[AudioFrame]()
    audio = Out[AudioFrame]()

    async def run(self, ctx: Context) -> None:
        async for _ in self.voices:
            raise TypeError("cannot add a frame to a string")


def agent(call: Call) -> Graph:
    clumsy = Clumsy()
    return Graph(call.audio >> clumsy.voices, clumsy.audio >> call.microphone)


def test_the_report_of_a_crash_in_a_lab_says_what_was_wrong(
    call_lab: MakeLab, caplog: pytest.LogCaptureFixture
) -> None:
    lab = call_lab(agent)
    lab.join("Ada").says("hello", at=1.0)
    first, *_ = lab.run(2).crashes
    assert "clumsy crashed in life 1" in caplog.text
    assert "TypeError: cannot add a frame to a string" in caplog.text
    assert (first.error, first.message) == ("TypeError", "cannot add a frame to a string")
    assert str(first) == "clumsy crashes in life 1: TypeError"


def test_messages_do_not_tell_timelines_apart() -> None:
    one = Crashed(1.0, "clumsy", 1, "TypeError", "<object at 0x7f01>")
    assert one == Crashed(1.0, "clumsy", 1, "TypeError", "<object at 0x7f02>")


def test_the_report_of_a_crash_in_a_harness_says_what_was_wrong(
    harness: MakeHarness, caplog: pytest.LogCaptureFixture
) -> None:
    clumsy = Clumsy()
    bench = harness(clumsy)
    bench.feed(clumsy.voices, AudioFrame.silence(320, 16000), at=0.1)
    bench.run(0.2)
    assert "TypeError: cannot add a frame to a string" in caplog.text
    assert [crash.report.error for crash in bench.crashes] == [
        "TypeError: cannot add a frame to a string"
    ]


def test_messages_can_be_hidden_as_in_a_call_with_strangers(
    call_lab: MakeLab, harness: MakeHarness, caplog: pytest.LogCaptureFixture
) -> None:
    lab = call_lab(agent, log_content=False)
    lab.join("Ada").says("hello", at=1.0)
    assert lab.run(2).crashes[0].message == ""
    clumsy = Clumsy()
    bench = harness(clumsy, log_content=False)
    bench.feed(clumsy.voices, AudioFrame.silence(320, 16000), at=0.1)
    bench.run(0.2)
    assert [crash.report.error for crash in bench.crashes] == ["TypeError"]
    assert "cannot add" not in caplog.text
