"""A whole conversation as one actor: the same calls as with its wires written out."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import attrs
import pytest
import trio
from talking import GREETING, STORY, Witness, assistant_with, scripted

from callboard import (
    Actor,
    Call,
    Context,
    Dialogue,
    Graph,
    GraphError,
    In,
    Out,
    Overflow,
    Receive,
    RuleMind,
    Send,
    Snapshot,
    SpeechRole,
    Text,
    Thinking,
    Transcript,
    TurnRules,
    Turns,
    Vad,
    dialogue,
    stage,
)
from callboard.testing.lab import Agent
from callboard.testing.plugin import MakeLab
from callboard.testing.timeline import Timeline


def three_lines(call: Call) -> Graph:
    return dialogue(call)


def a_call(call_lab: MakeLab, agent: Agent) -> Timeline:
    """Spoken to, interrupted, and written to."""
    lab = scripted(call_lab(agent))
    alice = lab.join("Alice").says("tell me a story", at=1.0).says("stop that please", at=5.0)
    alice.types("hello there", at=9.0)
    return lab.run(13)


@attrs.frozen
class Parrot(Actor):
    """A stage of one's own, with the ports of `Thinking`."""

    prompts = In[Snapshot](overflow=Overflow.LATEST)
    text = Out[Text](speech=SpeechRole.BEGINS)

    async def run(self, ctx: Context) -> None:
        async for snapshot in self.prompts:
            with ctx.turn_scope(snapshot.turn):
                said = snapshot.items[-1].text
                await self.text.send(Text(f"You said {said}.", snapshot.turn, final=True))


def test_it_is_the_wires_written_out() -> None:
    call = Call("http://127.0.0.1/lobby")
    whole, written = dialogue(call), assistant_with()(call)
    assert isinstance(written, Graph)
    assert sorted(str(w) for w in whole.wires) == sorted(str(w) for w in written.wires)
    links = {str(w): (w.effective_capacity, w.effective_overflow) for w in whole.wires}
    assert links == {str(w): (w.effective_capacity, w.effective_overflow) for w in written.wires}
    whole.check()


def test_three_lines_answer_as_the_wires_written_out_do_and_at_the_same_times(
    call_lab: MakeLab,
) -> None:
    timeline, written = a_call(call_lab, three_lines), a_call(call_lab, assistant_with())
    assert [entry.text for entry in timeline.heard("Alice")][-1] == GREETING
    assert timeline == written


def test_talking_over_it_stops_it(call_lab: MakeLab) -> None:
    lab = scripted(call_lab(three_lines))
    lab.join("Alice").says("tell me a story", at=1.0).says("stop that please", at=4.0)
    timeline = lab.run(8)
    story = timeline.heard("Alice")[0]
    assert STORY.startswith(story.text)
    assert story.text != STORY
    assert story.end <= 4.08
    assert [each.turn for each in timeline.interruptions] == [1]


def test_a_mind_of_ones_own_is_asked(call_lab: MakeLab) -> None:
    mind = Witness()
    lab = call_lab(lambda call: dialogue(call, mind=mind))
    lab.script(hearing=0.2, speaking=0.05)
    lab.join("Alice").says("hello there", at=1.0)
    assert [entry.text for entry in lab.run(6).heard("Alice")] == [GREETING]
    assert [[item.text for item in items] for items in mind.asked] == [["hello there"]]


def test_a_part_of_ones_own_stands_in_the_stock_ones_place(call_lab: MakeLab) -> None:
    lab = call_lab(lambda call: dialogue(call, parts={"thinking": Parrot()}))
    lab.script(hearing=0.2, speaking=0.05)
    lab.join("Alice").says("hello there", at=1.0)
    assert [entry.text for entry in lab.run(6).heard("Alice")] == ["You said hello there."]


def test_a_part_that_crashes_is_restarted_alone(
    call_lab: MakeLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("callboard"), "disabled", True)
    lab = scripted(call_lab(three_lines))
    lab.join("Alice").says("hello there", at=1.0)
    lab.kill("dialogue/thinking", at=2.4)
    assert [entry.text for entry in lab.run(7).heard("Alice")] == [GREETING]


@attrs.frozen
class Notes(Actor):
    """Keeps what a dialogue tells besides what the call hears."""

    understood: list[str] = attrs.field(factory=list[str])
    remembered: list[tuple[str, ...]] = attrs.field(factory=list[tuple[str, ...]])
    words = In[Transcript]()
    history = In[Snapshot](optional=True)

    async def run(self, ctx: Context) -> None:

        async def follow_words() -> None:
            async for each in self.words:
                if each.final:
                    self.understood.append(each.text)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(follow_words)
            async for each in self.history:
                self.remembered.append(tuple(item.text for item in each.items))


def test_its_words_and_its_history_may_be_wired(call_lab: MakeLab) -> None:
    notes = Notes()

    def agent(call: Call) -> Graph:
        talk = Dialogue()
        return Graph(
            call.voices >> talk.voices,
            call.played >> talk.played,
            talk.audio >> call.microphone,
            talk.words >> notes.words,
            talk.history >> notes.history,
        )

    lab = scripted(call_lab(agent))
    lab.join("Alice").says("hello there", at=1.0)
    lab.run(6)
    assert notes.understood == ["hello there"]
    assert notes.remembered[-1] == ("hello there", GREETING)


def test_each_engine_reaches_its_stage() -> None:
    rules, mind = TurnRules(idle=7.0), RuleMind()
    ear, voice, detector = object(), object(), object()
    call = Call("http://127.0.0.1/lobby")
    graph = dialogue(call, mind=mind, ear=ear, voice=voice, rules=rules, detector=detector)  # type: ignore[arg-type]
    at = {path: actor for actor, path in graph.paths.items()}
    found = [
        getattr(at[f"dialogue/{stage}"], field)
        for stage, field in [
            *(("thinking", "mind"), ("hearing", "ear"), ("speaking", "voice")),
            *(("turns", "rules"), ("vad", "detector")),
        ]
    ]
    assert all(a is b for a, b in zip(found, [mind, ear, voice, rules, detector], strict=True))


def test_an_unknown_part_is_one_sentence() -> None:
    with pytest.raises(GraphError) as told:
        Dialogue(parts={"thinkng": Thinking()})
    assert str(told.value) == (
        "Dialogue has no part 'thinkng'; its parts: vad, turns, hearing, conversation, thinking, "
        "speaking, microphone."
    )


def test_an_engine_that_would_never_be_used_is_told() -> None:
    with pytest.raises(GraphError, match=r"^Dialogue got mind= and a part 'thinking' of your own"):
        Dialogue(mind=RuleMind(), parts={"thinking": Parrot()})


def test_a_part_that_lacks_a_port_is_told_by_name() -> None:
    talk = Dialogue(parts={"conversation": Vad()})
    lacking = r"^Vad has no port or field 'transcripts'; its inlets: "
    with pytest.raises(AttributeError, match=lacking):
        talk.graph()


def test_the_command_line_draws_what_is_inside(tmp_path: Path) -> None:
    saved = tmp_path / "my_agent.py"
    saved.write_text(
        "from callboard import Call, Graph, dialogue\n\n\n"
        "def agent(call: Call) -> Graph:\n    return dialogue(call)\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-m", "callboard.cli", "graph", str(saved)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for part in ("vad", "turns", "hearing", "conversation", "thinking", "speaking", "microphone"):
        assert f"dialogue/{part}" in done.stdout


@pytest.mark.parametrize(
    ("lacking", "said"),
    [
        (
            "vad.playing",
            "the agent takes its own voice, back through a loudspeaker, for a person's",
        ),
        ("turns.played", "it is not known when the agent speaks"),
        ("conversation.played", "nothing that the agent says is remembered"),
    ],
)
def test_a_wire_without_which_an_agent_is_deaf_is_missed_in_a_sentence(
    lacking: str, said: str
) -> None:
    written = assistant_with()(Call("http://127.0.0.1/lobby"))
    assert isinstance(written, Graph)
    assert written.warnings == ()
    [warning] = Graph(*(w for w in written.wires if str(w.target) != lacking)).warnings
    assert warning.startswith(f"{lacking} has no wire: {said}")


def test_what_is_not_wired_to_a_dialogue_is_missed_by_its_parts() -> None:
    call, talk = Call("http://127.0.0.1/lobby"), Dialogue()
    graph = Graph(call.voices >> talk.voices, talk.audio >> call.microphone)
    missing = [warning.split(" has no wire")[0] for warning in graph.warnings]
    assert missing == ["dialogue/turns.played", "dialogue/conversation.played"]


def test_who_only_listens_misses_nothing() -> None:
    call, vad, turns = Call("http://127.0.0.1/lobby"), Vad(), Turns()
    assert Graph(call.voices >> vad.audio, vad.voiced >> turns.voiced).warnings == ()


def test_the_command_line_tells_what_is_missed(tmp_path: Path) -> None:
    saved = tmp_path / "my_agent.py"
    saved.write_text(
        "from callboard import Call, Dialogue, Graph\n\n\n"
        "def agent(call: Call) -> Graph:\n"
        "    talk = Dialogue()\n"
        "    return Graph(call.voices >> talk.voices, talk.audio >> call.microphone)\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-m", "callboard.cli", "graph", str(saved)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0
    assert done.stderr.splitlines()[0].startswith(
        "callboard: dialogue/turns.played has no wire: it is not known when the agent speaks"
    )


@stage
async def shouted(inlet: Receive[Text], outlet: Send[Text]) -> None:
    async for text in inlet:
        await outlet.send(Text(text.text.upper(), text.turn, final=text.final))


def test_a_stage_is_put_between_two_parts_by_one_expression(call_lab: MakeLab) -> None:
    lab = scripted(
        call_lab(lambda call: dialogue(call, mind=RuleMind()).inserted("thinking.text", shouted()))
    )
    lab.join("Alice").says("hello there", at=1.0)
    assert lab.run(6).captions("the agent") == [GREETING.upper()]


def test_a_part_is_tapped_by_one_expression(call_lab: MakeLab) -> None:
    notes = Notes()
    lab = scripted(call_lab(lambda call: dialogue(call).tapped("hearing.words", notes.words)))
    lab.join("Alice").says("hello there", at=1.0)
    assert [entry.text for entry in lab.run(6).heard("Alice")] == [GREETING]
    assert notes.understood[-1] == "hello there"


@pytest.mark.parametrize(
    ("outlet", "said"),
    [
        ("thinking.words", r"^This graph has no outlet 'thinking\.words'; there are: call"),
        ("text", r"^This graph has no outlet 'text'; "),
        ("ing.text", r"^This graph has no outlet 'ing\.text'; "),
    ],
)
def test_an_outlet_that_there_is_not_is_told(outlet: str, said: str) -> None:
    graph = dialogue(Call("http://127.0.0.1/room"))
    with pytest.raises(GraphError, match=said):
        graph.inserted(outlet, shouted())


def test_a_dialogue_is_drawn_as_one_box_where_the_drawing_is_folded() -> None:
    graph = dialogue(Call("http://127.0.0.1/room"))
    assert graph.describe(folded=True).splitlines() == [
        "call  (Call, transient)",
        "  .voices >> dialogue.audio  [16, drop_oldest]",
        "  .messages >> dialogue.chat  [64, drop_newest]",
        "  .played >> dialogue.played  [64, drop_newest]",
        "dialogue  (Dialogue, transient)",
        "  .wire >> call.microphone  [3, block]",
        "  .captions >> call.events  [16, block]",
        "  .state >> call.events  [16, block]",
    ]
    assert "dialogue/thinking" in graph.describe()
