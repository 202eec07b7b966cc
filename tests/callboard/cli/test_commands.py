"""The smaller commands: room, run, call, graph, token, doctor, and Ctrl-C in each of them."""

from __future__ import annotations

import json
import os
import signal
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import jwt
import pytest
import trio
from callboard_program import callboard, running
from trio_websocket import open_websocket_url

from actors.stages.ears import moonshine
from actors.stages.voices import hibari

pytestmark = pytest.mark.real

EXAMPLES = Path(__file__).resolve().parents[3] / "examples" / "agents"
ROOM = ("room", "--port", "0", "--no-browser")
PATIENCE = 60.0
"""Seconds that a busy machine may take until somebody is in a room."""
SECRET = "0123456789abcdef0123456789abcdef"


def people_in(url: str) -> list[str]:
    address = urlsplit(url)
    with urllib.request.urlopen(
        f"http://{address.netloc}/-/rooms{address.path}", timeout=10
    ) as answer:
        return [each["name"] for each in json.load(answer)["participants"]]


def wait_for(names: list[str], url: str) -> None:
    """Until these are in a room."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if people_in(url) == names:
            return
    raise AssertionError(f"{people_in(url)} are there, not {names}")


def wait_for_count(count: int, url: str) -> None:
    """Until so many are in all rooms; a private server tells no names."""
    metrics = f"http://{urlsplit(url).netloc}/-/metrics"
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with urllib.request.urlopen(metrics, timeout=10) as answer:
            if f"callboard_participants {count}" in answer.read().decode():
                return
    raise AssertionError(f"there are not {count} participants")


def test_room_serves_an_empty_room_until_ctrl_c(tmp_path: Path) -> None:
    with running(*ROOM, log=tmp_path / "err") as room:
        assert people_in(room.url) == []
        assert room.interrupt() == 130
        assert room.ended_promptly
        assert (room.rest, room.complaints) == ("", "")


def test_sigterm_stops_in_order_too(tmp_path: Path) -> None:
    with running(*ROOM, log=tmp_path / "err") as room:
        assert room.end(signal.SIGTERM) == 130
        assert room.complaints == ""


def test_run_brings_an_agent_into_a_room_until_ctrl_c(tmp_path: Path) -> None:
    with running(*ROOM, log=tmp_path / "room") as room:
        command = ("run", EXAMPLES / "echo.py", "--url", room.url)
        with running(*command, log=tmp_path / "err", prints=False) as agent:
            wait_for(["Echo"], room.url)
            assert agent.interrupt() == 130
            assert agent.ended_promptly
            assert (agent.rest, agent.complaints) == ("", "")
            assert people_in(room.url) == []


def test_run_takes_a_name_and_a_token_into_a_private_room(tmp_path: Path) -> None:
    secret = {"CALLBOARD_SECRET": SECRET}
    with running(*ROOM, "--private", log=tmp_path / "room", env=secret) as room:
        refused = callboard("run", EXAMPLES / "echo.py", "--url", room.url)
        assert refused.code == 1
        assert refused.complaints == (
            "callboard: This room is private: joining needs a meeting token.\n"
        )
        token = callboard("token", "lobby", "--agent", "--name", "Parrot", env=secret).out.strip()
        command = ("run", EXAMPLES / "echo.py", "--url", room.url, "--token", token)
        with running(*command, log=tmp_path / "err", prints=False) as agent:
            wait_for_count(1, room.url)
            assert agent.interrupt() == 130


def test_run_ends_when_its_agent_is_ejected(tmp_path: Path) -> None:
    secret = {"CALLBOARD_SECRET": SECRET}
    with running(*ROOM, log=tmp_path / "room", env=secret) as room:
        command = ("run", EXAMPLES / "echo.py", "--url", room.url)
        with running(*command, log=tmp_path / "err", prints=False) as agent:
            wait_for(["Echo"], room.url)
            owner = callboard("token", "lobby", "--owner", env=secret).out.strip()
            trio.run(eject_everybody, room.url, owner)
            assert agent.process.wait(timeout=60) == 0
            assert agent.complaints == ""


async def eject_everybody(url: str, token: str) -> None:
    address = url.replace("http", "ws")
    async with open_websocket_url(address, subprotocols=["callboard.1"]) as socket:
        media = {"microphone": False, "camera": False, "screen": False}
        join = {"type": "join", "name": "Owner", "token": token, "media": media}
        await socket.send_message(json.dumps(join))
        joined = json.loads(await socket.get_message())
        for other in joined["participants"]:
            if other["id"] != joined["id"]:
                await socket.send_message(json.dumps({"type": "eject", "id": other["id"]}))
        while json.loads(await socket.get_message())["type"] != "participant_left":
            pass


def test_a_call_that_nobody_answers_says_so(tmp_path: Path) -> None:
    with running(*ROOM, log=tmp_path / "room") as room:
        done = callboard("call", room.url, "--patience", "0.5")
    assert done.code == 1
    assert done.complaints == (
        "callboard: nobody else was in the call within 0.5 s; --patience gives them longer.\n"
    )


def test_ctrl_c_ends_a_call_and_its_report_is_written(tmp_path: Path) -> None:
    with running(
        "talk", EXAMPLES / "echo.py", "--port", "0", "--no-browser", log=tmp_path / "t"
    ) as t:
        command = ("call", t.url, "--json", "report.json", "--record", "call.wav")
        with running(*command, log=tmp_path / "err", cwd=tmp_path, prints=False) as caller:
            wait_for(["Caller", "Echo"], t.url)
            assert caller.interrupt() == 130
            assert caller.ended_promptly
            assert caller.rest.startswith("joined after ")
            assert caller.complaints == ""
    assert json.loads((tmp_path / "report.json").read_text())["participants"] == ["Echo"]
    assert (tmp_path / "call.wav").stat().st_size > 44


def test_one_room_more_than_there_may_be_is_busy(tmp_path: Path) -> None:
    command = ("talk", EXAMPLES / "echo.py", "--port", "0", "--no-browser", "--max-calls", "1")
    with (
        running(*command, log=tmp_path / "t") as talk,
        running("call", talk.url, log=tmp_path / "one", prints=False),
    ):
        wait_for(["Caller", "Echo"], talk.url)
        done = callboard("call", talk.url.replace("/lobby", "/garden"))
    assert done.code == 1
    assert done.complaints == (
        "callboard: This server has one call at most, and they go on. Try again later.\n"
    )


def test_ctrl_c_ends_talk_in_the_middle_of_calls(tmp_path: Path) -> None:
    command = ("talk", EXAMPLES / "echo.py", "--port", "0", "--no-browser")
    with running(*command, log=tmp_path / "t") as talk:
        garden = talk.url.replace("/lobby", "/garden")
        with (
            running("call", talk.url, log=tmp_path / "one", prints=False),
            running("call", garden, log=tmp_path / "two", prints=False),
        ):
            wait_for(["Caller", "Echo"], talk.url)
            wait_for(["Caller", "Echo"], garden)
            assert talk.interrupt() == 130
            assert talk.ended_promptly
            assert talk.complaints == ""


@pytest.mark.parametrize(
    ("form", "beginning"),
    [("text", "call  (Call, transient)\n"), ("mermaid", "flowchart LR\n"), ("svg", "<svg ")],
)
def test_graph_draws_an_agent(form: str, beginning: str) -> None:
    done = callboard("graph", EXAMPLES / "assistant.py", "--format", form)
    assert (done.code, done.complaints) == (0, "")
    assert done.out.startswith(beginning)
    assert "speaking" in done.out


def test_a_token_says_what_was_asked_for() -> None:
    done = callboard(
        *("token", "lobby", "--name", "Ada", "--owner", "--ttl", "15m"),
        env={"CALLBOARD_SECRET": SECRET},
    )
    claims = jwt.decode(done.out.strip(), SECRET, algorithms=["HS256"])
    assert (claims["room"], claims["name"], claims["owner"]) == ("lobby", "Ada", True)


def test_doctor_names_every_part_and_what_serves_instead(tmp_path: Path) -> None:
    done = callboard("doctor")
    assert done.code == 0
    lines = done.out.splitlines()
    assert all(line[:7] in ("ok     ", "without", "MISSING") for line in lines)
    parts = [line[9:].partition(":")[0] for line in lines]
    assert parts[:3] == ["Python", "Opus codec", "local network"]
    assert {"speech recognition", "voice", "browser"} <= set(parts)
    marks = dict(zip(parts, (line[:7].strip() for line in lines), strict=True))
    assert marks["speech recognition"] == ("ok" if moonshine.available() else "without")
    assert marks["voice"] == ("ok" if hibari.available() else "without")


def test_an_agent_may_import_what_lies_beside_it(tmp_path: Path) -> None:
    (tmp_path / "menu.py").write_text("NAME = 'coffee'\n", encoding="utf-8")
    (tmp_path / "agent.py").write_text(
        "from menu import NAME\n"
        "from callboard import Conversation, Graph\n"
        "def agent(call):\n"
        "    return Graph(call.messages >> Conversation().named(NAME).chat)\n",
        encoding="utf-8",
    )
    done = callboard("graph", tmp_path / "agent.py", cwd=Path(os.sep))
    assert ".messages >> coffee.chat" in done.out


def test_a_service_is_entered_once_and_given_to_the_agent(tmp_path: Path) -> None:
    (tmp_path / "agent.py").write_text(
        "from contextlib import asynccontextmanager\n"
        "from callboard import Conversation, Graph\n"
        "@asynccontextmanager\n"
        "async def service():\n"
        "    print('opened')\n"
        "    yield 'tea'\n"
        "    print('closed')\n"
        "async def agent(call, shared):\n"
        "    return Graph(call.messages >> Conversation().named(shared).chat)\n",
        encoding="utf-8",
    )
    done = callboard("graph", "agent.py", cwd=tmp_path)
    assert done.out.startswith("opened\nclosed\ncall ")
    assert ">> tea.chat" in done.out


def test_ctrl_c_before_anything_has_begun_is_quiet(tmp_path: Path) -> None:
    (tmp_path / "click.py").write_text("raise KeyboardInterrupt\n", encoding="utf-8")
    done = callboard("talk", env={"PYTHONPATH": str(tmp_path)})
    assert (done.code, done.out, done.err) == (130, "", "")
