"""`callboard talk`, as a person at a terminal sees it."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from callboard_program import callboard, running, somebody_comes

pytestmark = pytest.mark.real

TALK = ("talk", "--port", "0", "--no-browser")


def get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read()


def children_of(pid: int) -> list[str]:
    tasks = Path(f"/proc/{pid}/task")
    return [c for t in tasks.glob("*/children") for c in t.read_text().split()]


def test_the_address_is_the_only_line_and_serves_the_page(tmp_path: Path) -> None:
    with running(*TALK, log=tmp_path / "err") as talk:
        address = urlsplit(talk.url)
        assert (address.scheme, address.hostname, address.path) == ("http", "127.0.0.1", "/lobby")
        assert b"/-/" in get(talk.url)
        assert get(f"http://{address.netloc}/-/callboard.js").startswith((b"/*", b"//", b"import"))
        assert talk.interrupt() == 130
        assert talk.rest == ""


def test_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    with running(*TALK, log=tmp_path / "err") as talk:
        address = urlsplit(talk.url)
        assert children_of(talk.process.pid) == []
        assert talk.interrupt() == 130
        assert talk.ended_promptly
        assert talk.complaints == ""
        with pytest.raises(urllib.error.URLError):
            get(f"http://{address.netloc}/")


def test_every_name_is_a_room_and_the_address_names_the_one_that_was_asked_for(
    tmp_path: Path,
) -> None:
    with running(*TALK, "--room", "kitchen", log=tmp_path / "err") as talk:
        assert talk.url.endswith("/kitchen")
        server = talk.url.removesuffix("/kitchen")
        assert json.loads(get(f"{server}/-/rooms/garden"))["participants"] == []


def test_an_agent_is_asked_for_the_room_that_was_asked_for(tmp_path: Path) -> None:
    agent = tmp_path / "kitchen_only.py"
    agent.write_text(
        "from callboard import Call, Graph\n\n\n"
        "def agent(call: Call) -> Graph:\n"
        "    assert call.room == 'kitchen'\n"
        "    return Graph(call.audio >> call.microphone)\n",
        encoding="utf-8",
    )
    with running(*TALK, agent, "--room", "kitchen", log=tmp_path / "err") as talk:
        assert talk.url.endswith("/kitchen")


REFUSING = (
    "from callboard import Refused\n"
    "def agent(call):\n"
    "    raise Refused(f'{call.room} is for people alone.')\n"
)


def test_a_room_that_the_agent_refuses_stays_open_and_the_log_says_why_in_one_line(
    tmp_path: Path,
) -> None:
    agent = tmp_path / "refusing.py"
    agent.write_text(REFUSING, encoding="utf-8")
    with running(*TALK, agent, "--room", "kitchen", log=tmp_path / "err") as talk:
        # Once at the start, for the room in the address, and once for Ada.
        told = somebody_comes(talk, until="call.refused", times=2)
        assert talk.interrupt() == 130
    assert [re.sub(" +", " ", line[9:]) for line in told.splitlines()] == [
        "[warning ] call.refused room=kitchen why='kitchen is for people alone.'"
    ] * 2


def test_run_says_why_the_agent_refuses_the_room(tmp_path: Path) -> None:
    agent = tmp_path / "refusing.py"
    agent.write_text(REFUSING, encoding="utf-8")
    done = callboard("run", agent, "--url", "http://127.0.0.1:9/kitchen")
    assert (done.code, done.out) == (1, "")
    assert done.err == "callboard: the agent refuses kitchen: kitchen is for people alone.\n"
    done = callboard("graph", agent)
    assert (done.code, done.err) == (1, "callboard: lobby is for people alone.\n")


def test_the_address_of_a_private_room_carries_a_token_for_whoever_started_it(
    tmp_path: Path,
) -> None:
    secret = {"CALLBOARD_SECRET": "0123456789abcdef0123456789abcdef"}
    with running(*TALK, "--private", log=tmp_path / "err", env=secret) as talk:
        address = urlsplit(talk.url)
        assert address.fragment.startswith("token=")
        assert json.loads(get(f"http://{address.netloc}/-/rooms/lobby"))["private"] is True
        assert address.fragment.removeprefix("token=") not in talk.err


def test_missing_engines_are_told_in_a_sentence_each(tmp_path: Path) -> None:
    hidden = tmp_path / "sitecustomize.py"
    hidden.write_text(
        "import importlib.util\n"
        "find = importlib.util.find_spec\n"
        "def without(name, package=None):\n"
        "    hidden = name in ('moonshine_voice', 'hibari_tts', 'hibari', 'onnxruntime')\n"
        "    return None if hidden else find(name, package)\n"
        "importlib.util.find_spec = without\n",
        encoding="utf-8",
    )
    bare = {"PYTHONPATH": str(tmp_path)}
    with running(*TALK, log=tmp_path / "err", env=bare) as talk:
        talk.interrupt()
        lines = talk.err.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("callboard: ") for line in lines)
    assert "callboard[voice]" in lines[0]
    assert "callboard[voice]" in lines[1]
