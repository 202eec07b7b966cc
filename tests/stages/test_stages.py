"""Each stage alone: fed on its inlets, watched on its outlets."""

import logging

import numpy as np
import pytest
from engines import Beeps, Counting, Pieces

from actors.messages import Caption, ChatMessage, Played, State
from actors.stages.conversation import Conversation
from actors.stages.hearing import Hearing
from actors.stages.messages import (
    Item,
    Planned,
    Snapshot,
    Text,
    Transcript,
    TurnOver,
    VoicedFrame,
    Word,
)
from actors.stages.speaking import Speaking
from actors.stages.thinking import Thinking
from actors.stages.turns import Backlog, Turns
from actors.stages.turntaking.rules import TurnRules
from actors.stages.vad import Vad, WebRtcDetector, default_detector
from callboard.testing import MakeHarness as Make
from callboard.testing.harness import Harness
from callboard.testing.synthetic import synthesize
from media import AudioFrame
from runtime import TurnEnded, TurnStarted


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger("callboard"), "disabled", True)


def frames(seconds: float, level: int = 0, source: str | None = "alice") -> list[AudioFrame]:
    return [
        AudioFrame(np.full((320, 1), level, np.int16), 16000, 320 * index, source=source)
        for index in range(round(seconds * 50))
    ]


# Vad


@pytest.mark.parametrize("detector", [default_detector(), WebRtcDetector])
def test_a_detector_tells_speech_from_silence(harness: Make, detector: object) -> None:
    vad = Vad(detector)
    bench = harness(vad)
    speech = synthesize("hello there everybody")
    pieces = [speech[at : at + 320, None] for at in range(0, len(speech) - 319, 320)]
    for index, samples in enumerate([*pieces, *[np.zeros((320, 1), np.int16)] * 25]):
        bench.feed(vad.audio, AudioFrame(samples, 16000, source="alice"), at=index * 0.02)
    bench.run(3)
    voiced = bench.items(vad.voiced)
    assert sum(each.speech for each in voiced[: len(pieces)]) >= 0.8 * len(pieces)
    assert not any(each.speech for each in voiced[-15:])
    assert {each.source for each in voiced} == {"alice"}


def test_the_level_of_each_frame_is_told_in_dbfs(harness: Make) -> None:
    vad = Vad()
    bench = harness(vad)
    loud = AudioFrame(np.full((320, 1), 16384, np.int16), 16000)
    bench.feed(vad.audio, *frames(0.02), loud, at=0.0)
    bench.run(0.1)
    silent, half = bench.items(vad.voiced)
    assert silent.level == float("-inf")
    assert half.level == pytest.approx(-6.02, abs=0.01)


def test_each_speaker_has_a_detector_of_their_own(harness: Make) -> None:
    made: list[object] = []

    class Once:
        def hear(self, samples: object) -> bool:
            return True

    def make() -> Once:
        made.append(1)
        return Once()

    vad = Vad(make)
    bench = harness(vad)
    for at in (0.0, 0.02):
        for who in ("alice", "bob"):
            bench.feed(vad.audio, *frames(0.02, 100, who), at=at)
    bench.run(0.1)
    assert len(made) == 2


def test_audio_that_no_detector_hears_is_told_with_what_to_do(harness: Make) -> None:
    vad = Vad()
    bench = harness(vad)
    bench.feed(vad.audio, AudioFrame(np.zeros((960, 1), np.int16), 48000), at=0.0)
    bench.run(0.1)
    assert [crash.report.error.partition(":")[0] for crash in bench.crashes] == [
        "EngineFailedError"
    ]


# Turns


def voiced(seconds: float, *, speech: bool, source: str = "alice") -> list[VoicedFrame]:
    level = 1000 if speech else 0
    return [VoicedFrame(frame, speech, -30.0, source) for frame in frames(seconds, level, source)]


def feed_in_real_time(bench: Harness, turns: Turns, items: list[VoicedFrame], at: float) -> float:
    for item in items:
        bench.feed(turns.voiced, item, at=at)
        at = round(at + 0.02, 3)
    return at


def test_a_turn_carries_its_pre_roll_and_holds_back_the_silence_at_its_end(harness: Make) -> None:
    turns = Turns()
    bench = harness(turns)
    at = feed_in_real_time(bench, turns, voiced(1.0, speech=False), 0.0)
    at = feed_in_real_time(bench, turns, voiced(0.5, speech=True), at)
    feed_in_real_time(bench, turns, voiced(1.0, speech=False), at)
    bench.run(4)
    seen = bench.seen(turns.speech)
    assert (seen[0].at, seen[0].item) == (1.04, TurnStarted(1, "alice"))
    assert (seen[-1].at, seen[-1].item) == (2.08, TurnEnded(1, "alice"))
    speech = bench.items(turns.speech)
    loud = [bool(frame.samples.any()) for frame in speech]
    # 0.42 s before the onset is complete, all of the speech, 0.12 s after it.
    assert (loud.index(True), loud.count(True)) == (18, 25)
    assert len(loud) - 18 - 25 == 6
    assert {frame.turn for frame in speech} == {1}
    assert bench.items(turns.ended) == [TurnOver(1, "alice", "silence")]
    assert [state.state for state in bench.items(turns.state)] == ["listening", "thinking"]


def test_the_held_silence_follows_when_the_person_goes_on(harness: Make) -> None:
    turns = Turns()
    bench = harness(turns)
    at = 0.0
    for seconds, speech in ((0.5, True), (0.4, False), (0.5, True), (1.0, False)):
        at = feed_in_real_time(bench, turns, voiced(seconds, speech=speech), at)
    bench.run(4)
    loud = [bool(frame.samples.any()) for frame in bench.items(turns.speech)]
    assert len(loud) == 25 + 20 + 25 + 6
    assert bench.items(turns.ended) == [TurnOver(1, "alice", "silence")]


def turn_marks(bench: Harness, turns: Turns) -> list[object]:
    items = [each.item for each in bench.seen(turns.speech)]
    return [item for item in items if isinstance(item, TurnStarted | TurnEnded)]


def test_a_crash_in_mid_turn_does_not_end_the_turn(harness: Make) -> None:
    turns = Turns()
    bench = harness(turns)
    at = feed_in_real_time(bench, turns, voiced(1.0, speech=True), 0.0)
    feed_in_real_time(bench, turns, voiced(1.0, speech=False), at)
    bench.kill(at=0.51)
    bench.run(4)
    marks = [
        s.item for s in bench.seen(turns.speech) if isinstance(s.item, TurnStarted | TurnEnded)
    ]
    assert marks == [TurnStarted(1, "alice"), TurnEnded(1, "alice")]
    assert len(bench.items(turns.speech)) == 56  # 1 s and 0.12 s: not one frame is missing


def test_a_second_crash_in_the_same_turn_ends_it_and_a_new_one_begins(harness: Make) -> None:
    turns = Turns()
    bench = harness(turns)
    at = feed_in_real_time(bench, turns, voiced(1.0, speech=True), 0.0)
    feed_in_real_time(bench, turns, voiced(1.0, speech=False), at)
    bench.kill(at=0.31)
    bench.kill(at=0.51)
    bench.run(4)
    marks = [
        s.item for s in bench.seen(turns.speech) if isinstance(s.item, TurnStarted | TurnEnded)
    ]
    assert marks == [
        TurnStarted(1, "alice"),
        TurnEnded(1, "alice"),
        TurnStarted(2, "alice"),
        TurnEnded(2, "alice"),
    ]


def test_nobody_speaks_and_the_agent_is_told_once(harness: Make) -> None:
    turns = Turns(TurnRules(idle=1.0))
    bench = harness(turns)
    feed_in_real_time(bench, turns, voiced(3.0, speech=False), 0.0)
    bench.run(4)
    assert bench.items(turns.ended) == [TurnOver(0, None, "idle")]


def test_a_typed_question_shows_that_the_agent_thinks(harness: Make) -> None:
    turns = Turns()
    bench = harness(turns)
    bench.feed(turns.prompts, Snapshot((), 1), at=1.0)
    bench.feed(turns.played, Played(1, 4800, True, 1.5), at=1.5)
    bench.feed(turns.played, Played(1, 48000, False, 2.5, final=True), at=2.5)
    bench.expect(turns.state, State("thinking"), at=1.0)
    bench.expect(turns.state, State("speaking"), at=1.5)
    bench.expect(turns.state, State("listening"), at=2.5)
    bench.run(3)


def test_a_backlog_keeps_the_pre_roll_or_all_while_its_owner_waits() -> None:
    backlog = Backlog(TurnRules())
    for frame in frames(1.0):
        backlog.add(frame, waiting=False)
    assert sum(frame.duration for frame in backlog.take()) == pytest.approx(0.42)
    for frame in frames(20.0):
        backlog.add(frame, waiting=True)
    assert sum(frame.duration for frame in backlog.take()) == pytest.approx(15.0)
    assert backlog.take() == []


# Hearing


def utter(bench: Harness, hearing: Hearing, turn: int, seconds: float, at: float) -> None:
    bench.feed(hearing.speech, TurnStarted(turn, "alice"), at=at)
    for index, frame in enumerate(frames(seconds)):
        bench.feed(hearing.speech, frame.evolve(turn=turn), at=at + index * 0.02)
    bench.feed(hearing.speech, TurnEnded(turn, "alice"), at=at + seconds)


def test_partials_and_one_final_a_turn(harness: Make) -> None:
    hearing = Hearing(Counting())
    bench = harness(hearing)
    utter(bench, hearing, 1, 0.1, at=1.0)
    bench.run(2)
    words = bench.items(hearing.words)
    assert [(each.text, each.final) for each in words] == [
        *((str(320 * (index + 1)), False) for index in range(5)),
        ("1600 samples", True),
    ]
    assert {(each.turn, each.source, each.started) for each in words} == {(1, "alice", 1.0)}
    assert words[-1].ended == pytest.approx(1.1)


def test_an_ear_that_fails_is_given_the_turn_again(harness: Make) -> None:
    ear = Counting(fails=[0])
    hearing = Hearing(ear)
    bench = harness(hearing)
    utter(bench, hearing, 1, 0.1, at=1.0)
    bench.run(2)
    assert ear.calls == [1, 1]
    assert bench.items(hearing.words)[-1].text == "1600 samples"


def test_an_ear_that_fails_twice_in_a_turn_says_so_and_hears_the_next(harness: Make) -> None:
    hearing = Hearing(Counting(fails=[0, 1]))
    bench = harness(hearing)
    utter(bench, hearing, 1, 0.1, at=1.0)
    utter(bench, hearing, 2, 0.1, at=2.0)
    bench.run(3)
    finals = [each for each in bench.items(hearing.words) if each.final]
    assert [(each.turn, each.text, each.failed) for each in finals] == [
        (1, "", True),
        (2, "1600 samples", False),
    ]
    assert [crash.report.error.partition(":")[0] for crash in bench.crashes] == ["RuntimeError"]


def test_an_ear_that_never_finishes_has_failed(harness: Make) -> None:
    hearing = Hearing(Counting(unfinished=True))
    bench = harness(hearing)
    utter(bench, hearing, 1, 0.1, at=1.0)
    bench.run(2)
    assert bench.items(hearing.words)[-1].failed
    assert [crash.report.error.partition(":")[0] for crash in bench.crashes] == [
        "EngineFailedError"
    ]


def test_a_crash_between_turns_hears_nothing_twice(harness: Make) -> None:
    ear = Counting()
    hearing = Hearing(ear)
    bench = harness(hearing)
    utter(bench, hearing, 1, 0.1, at=1.0)
    bench.kill(at=1.5)
    bench.run(2)
    assert ear.calls == [1]
    assert sum(each.final for each in bench.items(hearing.words)) == 1


# Thinking


def asked(text: str = "hello", turn: int = 1) -> Snapshot:
    return Snapshot((Item("user", text, turn),), turn)


def said(bench: Harness, thinking: Thinking, turn: int = 1) -> str:
    return "".join(text.text for text in bench.items(thinking.text) if text.turn == turn)


def test_pieces_leave_as_they_come_and_a_final_closes_them(harness: Make) -> None:
    thinking = Thinking(Pieces())
    bench = harness(thinking)
    bench.feed(thinking.prompts, asked(), at=1.0)
    bench.expect(thinking.text, Text("One. ", 1), at=1.1)
    bench.expect(thinking.text, Text("Two. ", 1), at=1.2)
    bench.expect(thinking.text, Text("Three.", 1), Text("", 1, final=True), at=1.3)
    bench.run(2)


@pytest.mark.parametrize("at", [1.05, 1.15, 1.25])
def test_a_crash_in_mid_reply_goes_on_where_it_broke_off(harness: Make, at: float) -> None:
    thinking = Thinking(Pieces())
    bench = harness(thinking)
    bench.feed(thinking.prompts, asked(), at=1.0)
    bench.kill(at=at)
    bench.run(3)
    assert said(bench, thinking) == "One. Two. Three."
    assert [text.final for text in bench.items(thinking.text)].count(True) == 1


def test_a_crash_after_the_reply_says_nothing_again(harness: Make) -> None:
    mind = Pieces()
    thinking = Thinking(mind)
    bench = harness(thinking)
    bench.feed(thinking.prompts, asked(), at=1.0)
    bench.kill(at=1.5)
    bench.run(3)
    assert len(mind.calls) == 1


def test_a_mind_that_fails_is_told_aloud_and_reported(harness: Make) -> None:
    thinking = Thinking(Pieces(fails=[0]))
    bench = harness(thinking)
    bench.feed(thinking.prompts, asked(), at=1.0)
    bench.feed(thinking.prompts, asked(turn=2), at=2.0)
    bench.run(3)
    assert said(bench, thinking).startswith("One.  Sorry, something went wrong")
    assert said(bench, thinking, 2) == "One. Two. Three."
    assert [crash.report.error.partition(":")[0] for crash in bench.crashes] == ["RuntimeError"]


def test_a_fallback_answers_when_the_mind_fails(harness: Make) -> None:
    thinking = Thinking(Pieces(fails=[0, 1, 2], at=0), fallback=Pieces(["Instead."]))
    bench = harness(thinking)
    bench.feed(thinking.prompts, asked(), at=1.0)
    bench.run(3)
    assert said(bench, thinking) == "Instead."
    assert bench.crashes == []


def test_a_mind_that_fails_before_its_first_word_is_asked_again(harness: Make) -> None:
    mind = Pieces(fails=[0, 1], at=0)
    thinking = Thinking(mind)
    bench = harness(thinking)
    bench.feed(thinking.prompts, asked(), at=1.0)
    bench.run(3)
    assert said(bench, thinking) == "One. Two. Three."
    assert (len(mind.calls), bench.crashes) == (3, [])
    # Two rests, of at most 0.1 and 0.2 s.
    assert bench.seen(thinking.text)[0].at <= 1.0 + 0.3 + 0.1


def test_a_mind_that_gives_no_word_in_time_has_failed(harness: Make) -> None:
    thinking = Thinking(Pieces([], hangs=True), fallback=Pieces(["Instead."]), patience=2.0)
    bench = harness(thinking)
    bench.feed(thinking.prompts, asked(), at=1.0)
    bench.expect(thinking.text, Text("Instead.", 1), at=3.1)
    bench.expect(thinking.text, Text("", 1, final=True), at=3.1)
    bench.run(5)


def test_a_long_reply_may_take_its_time(harness: Make) -> None:
    thinking = Thinking(Pieces(["So. "] * 30), patience=0.5)
    bench = harness(thinking)
    bench.feed(thinking.prompts, asked(), at=1.0)
    bench.run(5)
    assert said(bench, thinking) == "So. " * 30


def test_when_the_fallback_fails_too_the_agent_says_so(harness: Make) -> None:
    thinking = Thinking(Pieces(fails=[0, 1, 2], at=0), fallback=Pieces(fails=[0, 1, 2], at=0))
    bench = harness(thinking)
    bench.feed(thinking.prompts, asked(), at=1.0)
    bench.run(3)
    assert said(bench, thinking).startswith("Sorry")
    assert len(bench.crashes) == 1


def test_an_interruption_ends_the_mind_where_it_waits(harness: Make) -> None:
    thinking = Thinking(Pieces())
    bench = harness(thinking)
    bench.feed(thinking.prompts, asked(), at=1.0)
    bench.interrupt(1, at=1.15)
    bench.feed(thinking.prompts, asked(turn=2), at=2.0)
    bench.run(3)
    assert said(bench, thinking) == "One. "
    assert said(bench, thinking, 2) == "One. Two. Three."


def test_a_newer_question_replaces_one_that_still_waits(harness: Make) -> None:
    mind = Pieces()
    thinking = Thinking(mind)
    bench = harness(thinking)
    bench.feed(thinking.prompts, asked(), at=1.0)
    bench.feed(thinking.prompts, asked(turn=2), asked(turn=3), at=1.1)
    bench.run(3)
    assert [call.turn for call in mind.calls] == [1, 3]


def test_what_was_not_heard_is_asked_for_again(harness: Make) -> None:
    thinking = Thinking(Pieces())
    bench = harness(thinking)
    bench.feed(thinking.prompts, Snapshot((), 1, unheard=True), at=1.0)
    bench.run(3)
    assert "could not hear" in said(bench, thinking)


# Speaking


def sound(bench: Harness, speaking: Speaking) -> np.ndarray:
    pieces = [frame.samples[:, 0] for frame in bench.items(speaking.audio)]
    return np.concatenate(pieces) if pieces else np.zeros(0, np.int16)


def tell(bench: Harness, speaking: Speaking, text: str, turn: int = 1, at: float = 1.0) -> None:
    bench.feed(speaking.text, Text(text, turn), Text("", turn, final=True), at=at)


def test_clauses_are_planned_before_their_sound_and_marked(harness: Make) -> None:
    speaking = Speaking(Beeps())
    bench = harness(speaking)
    tell(bench, speaking, "One two. Three.")
    bench.run(3)
    assert bench.items(speaking.clauses) == [
        Planned(1, "One two.", 0.0, (Word("One", 0.0, 0.1), Word("two.", 0.1, 0.2)), 0.2),
        Planned(1, "Three.", 0.2, (Word("Three.", 0.2, 0.1 + 0.2),), 0.1),
        Planned(1, "", 0.3, final=True),
    ]
    seen = [each.item for each in bench.seen(speaking.audio)]
    assert (seen[0], seen[-1]) == (TurnStarted(1), TurnEnded(1))
    audio = bench.items(speaking.audio)
    assert [frame.pts for frame in audio] == [320 * index for index in range(15)]
    assert {(frame.turn, len(frame)) for frame in audio} == {(1, 320)}


def test_a_voice_that_fails_once_says_it_in_its_next_life(harness: Make) -> None:
    speaking = Speaking(Beeps(fails={"Two.": 1}))
    bench = harness(speaking)
    tell(bench, speaking, "One. Two. Three.")
    bench.run(3)
    whole = Speaking(Beeps())
    other = harness(whole)
    tell(other, whole, "One. Two. Three.")
    other.run(3)
    assert np.array_equal(sound(bench, speaking), sound(other, whole))


def test_a_clause_at_which_the_voice_fails_twice_is_left_out(harness: Make) -> None:
    voice = Beeps(fails={"Two.": 2})
    speaking = Speaking(voice)
    bench = harness(speaking)
    tell(bench, speaking, "One. Two. Three.")
    bench.run(3)
    assert [each.text for each in bench.items(speaking.clauses)][-2:] == ["Three.", ""]
    assert len(sound(bench, speaking)) == 3200
    assert len(bench.crashes) == 2


def test_audio_at_another_rate_than_promised_is_a_failure(harness: Make) -> None:
    speaking = Speaking(Beeps(rate=24000))
    bench = harness(speaking)
    tell(bench, speaking, "One.")
    bench.run(3)
    assert {crash.report.error.partition(":")[0] for crash in bench.crashes} == {
        "EngineFailedError"
    }


def test_an_interruption_ends_the_turn_where_it_stands(harness: Make) -> None:
    speaking = Speaking(Beeps())
    bench = harness(speaking)
    bench.feed(speaking.text, Text("One. ", 1), Text("Two", 1), at=1.0)
    bench.interrupt(1, at=2.0)
    tell(bench, speaking, "Four.", turn=2, at=3.0)
    bench.run(4)
    spoken = [(each.turn, each.text) for each in bench.items(speaking.clauses)]
    assert spoken == [(1, "One."), (2, "Four."), (2, "")]


def test_a_crash_after_the_turn_says_nothing_again(harness: Make) -> None:
    voice = Beeps()
    speaking = Speaking(voice)
    bench = harness(speaking)
    tell(bench, speaking, "One. Two.")
    bench.kill(at=2.0)
    bench.run(3)
    assert voice.calls == ["One.", "Two."]
    assert [each.final for each in bench.items(speaking.clauses)].count(True) == 1


# Conversation


def test_what_a_person_said_is_captioned_remembered_and_asked(harness: Make) -> None:
    conversation = Conversation()
    bench = harness(conversation)
    bench.feed(conversation.transcripts, Transcript("hel", False, 1, "alice"), at=1.0)
    bench.feed(conversation.transcripts, Transcript("hello", True, 1, "alice"), at=1.5)
    items = (Item("user", "hello", 1, "alice"),)
    bench.expect(conversation.captions, Caption("alice", 1, "hel"), at=1.0)
    bench.expect(conversation.captions, Caption("alice", 1, "hello", final=True), at=1.5)
    bench.expect(conversation.history, Snapshot(items, 1), at=1.5)
    bench.expect(conversation.prompts, Snapshot(items, 1), at=1.5)
    bench.run(3)


def test_a_failed_hearing_is_asked_about_and_not_remembered(harness: Make) -> None:
    conversation = Conversation()
    bench = harness(conversation)
    bench.feed(conversation.transcripts, Transcript("", True, 1, "alice", failed=True), at=1.0)
    bench.expect(conversation.prompts, Snapshot((), 1, unheard=True), at=1.0)
    bench.run(3)


def test_noise_is_neither_captioned_nor_asked(harness: Make) -> None:
    conversation = Conversation()
    bench = harness(conversation)
    bench.feed(conversation.transcripts, Transcript("", True, 1, "alice"), at=1.0)
    bench.run(3)
    assert bench.items(conversation.prompts) == bench.items(conversation.captions) == []


def test_a_caption_that_was_shown_is_cleared_when_nothing_was_said_after_all(
    harness: Make,
) -> None:
    conversation = Conversation()
    bench = harness(conversation)
    bench.feed(conversation.transcripts, Transcript("a", False, 1, "alice"), at=1.0)
    bench.feed(conversation.transcripts, Transcript("", True, 1, "alice"), at=1.5)
    bench.expect(conversation.captions, Caption("alice", 1, "a"))
    bench.expect(conversation.captions, Caption("alice", 1, "", final=True))
    bench.run(3)


@pytest.mark.parametrize("data", [{"chat": "  "}, {"file": "x"}, "text", None, 3])
def test_what_is_no_line_of_chat_is_left_to_others(harness: Make, data: object) -> None:
    conversation = Conversation()
    bench = harness(conversation)
    bench.feed(conversation.chat, ChatMessage("alice", data), at=1.0)
    bench.feed(conversation.chat, ChatMessage("alice", {"chat": " hi "}), at=2.0)
    bench.run(3)
    assert [each.items[-1].text for each in bench.items(conversation.prompts)] == ["hi"]


def test_the_history_outlives_every_crash(harness: Make) -> None:
    conversation = Conversation()
    bench = harness(conversation)
    bench.feed(conversation.transcripts, Transcript("hello", True, 1, "alice"), at=1.0)
    bench.kill(at=1.5)
    bench.feed(conversation.transcripts, Transcript("again", True, 2, "alice"), at=2.0)
    bench.run(3)
    assert [each.turn for each in bench.items(conversation.prompts)] == [1, 2]
    assert [item.text for item in bench.items(conversation.prompts)[-1].items] == ["hello", "again"]


def test_the_agents_own_words_are_no_turn(harness: Make) -> None:
    conversation = Conversation()
    bench = harness(conversation)
    words = tuple(Word(w, i / 2, i / 2 + 0.5) for i, w in enumerate(["once", "upon", "a", "time"]))
    bench.feed(conversation.clauses, Planned(1, "Once upon a time", 0.0, words, 2.0), at=1.0)
    bench.feed(conversation.played, Played(1, 96000, False, 3.0, final=True), at=3.0)
    own = Transcript("once upon a time", True, 2, "alice", started=3.2)
    late = Transcript("once upon a time", True, 3, "alice", started=9.0)
    bench.feed(conversation.transcripts, own, at=3.5)
    bench.feed(conversation.transcripts, late, at=9.5)
    bench.run(12)
    assert [each.turn for each in bench.items(conversation.prompts)] == [3]
