"""`examples/agents/concierge.py` in virtual time: tools, hand-over, what all calls share."""

from __future__ import annotations

from pathlib import Path

from callboard import Call
from callboard.agent_file import load_agent
from callboard.testing.plugin import MakeLab

CONCIERGE = Path(__file__).resolve().parents[2] / "examples" / "agents" / "concierge.py"


def test_a_tool_is_asked_and_the_restaurant_takes_over(call_lab: MakeLab) -> None:
    lab = call_lab(CONCIERGE)
    ada = lab.join("Ada")
    ada.says("is breakfast included", at=1.0)
    ada.says("i want a table", at=9.0)
    ada.says("for two", at=18.0)
    lab.script(hearing=0.2, speaking=0.05)
    timeline = lab.run(26)
    assert timeline.captions("the agent") == [
        "Breakfast is included, from seven to ten.",
        "One moment, I hand you over to the restaurant. This is the restaurant. For how many?",
        "A table for 2 is booked.",
    ]


def test_a_tool_that_cannot_says_so(call_lab: MakeLab) -> None:
    lab = call_lab(CONCIERGE)
    ada = lab.join("Ada")
    for at in (1.0, 10.0, 19.0):
        ada.says("a table for two", at=at)
    lab.script(hearing=0.2, speaking=0.05)
    timeline = lab.run(27)
    assert timeline.captions("the agent")[-1] == "I am sorry, every table is taken tonight."


def test_talked_over_the_tool_is_given_up(call_lab: MakeLab) -> None:
    lab = call_lab(CONCIERGE)
    ada = lab.join("Ada")
    ada.says("is breakfast included", at=1.0)
    ada.says("wait where is my key please", at=4.0)
    lab.script(hearing=0.2, speaking=0.05)
    timeline = lab.run(12)
    assert timeline.captions("the agent")[-1] == "Your key is at the desk."


def test_a_model_gets_the_same_tools() -> None:
    module = load_agent(CONCIERGE).module
    call = Call("http://127.0.0.1/lobby", args={"model": "m", "server": "http://127.0.0.1:1/v1"})
    mind = module.mind_of(call, module.Hotel())
    assert [each.name for each in mind.tools] == ["look_up", "book_table"]
    assert mind.tools[0].parameters["properties"] == {
        "topic": {"type": "string", "enum": ["breakfast", "pool", "key"]}
    }
    assert mind.server.base_url == "http://127.0.0.1:1/v1"
