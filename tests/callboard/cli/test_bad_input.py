"""Whatever is wrong with what a person typed: one sentence, a code that is not 0, no traceback."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from callboard_program import Done, callboard

pytestmark = pytest.mark.real

AGENTS = {
    "no key": 'raise ValueError("no key")',
    "no package": "import a_package_that_nobody_has",
    "no Python": "def agent(call)\n",
    "no agent": "x = 1",
    "no graph": "def agent(call):\n    return 3",
    "no call": "def agent(call):\n    raise RuntimeError('no model')",
    "no wires": (
        "from callboard import Actor, Graph, In, Out\n"
        "class Ear(Actor):\n"
        "    inlet = In[int]()\n"
        "    outlet = Out[int]()\n"
        "class Mouth(Actor):\n"
        "    inlet = In[int]()\n"
        "def agent(call):\n"
        "    return Graph(Ear().outlet >> Mouth().inlet)\n"
    ),
    "no address": (
        "from callboard import Call, Graph\n"
        "def agent(call):\n"
        "    Call('nowhere').address\n"
        "    return Graph()\n"
    ),
}


def one_sentence(done: Done) -> str:
    """The only line, without the program's name."""
    assert done.code > 0
    assert done.out == ""
    assert done.err.startswith("callboard: ")
    assert done.err.count("\n") == 1, done.err
    assert "Traceback" not in done.err
    return done.err.removeprefix("callboard: ").rstrip("\n")


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("no key", "agent.py failed on import: ValueError: no key (--debug shows where)."),
        (
            "no package",
            "agent.py failed on import: the Python package a_package_that_nobody_has is missing; "
            "install it with pip.",
        ),
        ("no Python", "agent.py is not valid Python: line 1: expected ':'."),
        ("no agent", "agent.py defines no agent: write `def agent(call: Call) -> Graph`."),
        ("no graph", "agent(call) in agent.py must return a Graph; it returned int."),
        (
            "no call",
            "agent(call) in agent.py failed: RuntimeError: no model (--debug shows where).",
        ),
    ],
)
@pytest.mark.parametrize("command", [("talk", "--port", "0", "--no-browser"), ("graph",)])
def test_an_agent_file_that_is_none(
    command: tuple[str, ...], kind: str, sentence: str, tmp_path: Path
) -> None:
    (tmp_path / "agent.py").write_text(AGENTS[kind], encoding="utf-8")
    name, *options = command
    assert one_sentence(callboard(name, "agent.py", *options, cwd=tmp_path)) == sentence


def test_a_graph_that_cannot_run_is_told_before_anybody_comes(tmp_path: Path) -> None:
    (tmp_path / "agent.py").write_text(AGENTS["no wires"], encoding="utf-8")
    said = one_sentence(callboard("talk", "agent.py", "--port", "0", "--no-browser", cwd=tmp_path))
    assert said.startswith("the graph of agent.py cannot run. ")
    assert "ear.inlet" in said


def test_a_sentence_of_ours_inside_of_an_agent_keeps_its_words(tmp_path: Path) -> None:
    (tmp_path / "agent.py").write_text(AGENTS["no address"], encoding="utf-8")
    said = one_sentence(callboard("graph", "agent.py", cwd=tmp_path))
    assert said.startswith("agent(call) in agent.py made no graph: 'nowhere' is no meeting's")


def test_debug_shows_where_it_was(tmp_path: Path) -> None:
    (tmp_path / "agent.py").write_text(AGENTS["no call"], encoding="utf-8")
    done = callboard("graph", "agent.py", "--debug", cwd=tmp_path)
    assert done.code == 1
    assert "Traceback" in done.err
    assert 'agent.py", line 2, in agent' in done.err
    assert done.err.rstrip().endswith("failed: RuntimeError: no model (--debug shows where).")


def test_there_is_no_such_file(tmp_path: Path) -> None:
    assert one_sentence(callboard("talk", "nobody.py", cwd=tmp_path)) == (
        "there is no agent file nobody.py."
    )
    (tmp_path / "notes.txt").write_text("", encoding="utf-8")
    assert "must end with .py" in one_sentence(callboard("talk", "notes.txt", cwd=tmp_path))
    (tmp_path / "agents").mkdir()
    assert "is a folder" in one_sentence(callboard("talk", "agents", cwd=tmp_path))


@pytest.mark.parametrize("command", ["talk", "room"])
def test_a_port_in_use(command: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = one_sentence(callboard(command, "--no-browser", "--port", port))
    assert said.startswith(f"port {port} on 127.0.0.1 is in use by another program")


@pytest.fixture
def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as once:
        return int(once.getsockname()[1])


def test_an_address_at_which_nobody_answers(unused_port: int, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{unused_port}/lobby"
    (tmp_path / "agent.py").write_text(
        "from callboard import Conversation, Graph\n"
        "def agent(call):\n"
        "    return Graph(call.messages >> Conversation().chat)\n",
        encoding="utf-8",
    )
    for args in (("call", url), ("run", "agent.py", "--url", url)):
        said = one_sentence(callboard(*args, cwd=tmp_path))
        assert said.startswith(f"nobody answers at {url}: ")
        assert said.endswith("Connection refused")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("lobby", "begins with http:// or https://"),
        ("ftp://example.org/lobby", "begins with http:// or https://"),
        ("http://127.0.0.1:8765/", "names no room"),
        ("http://127.0.0.1:8765/two/rooms", "names no room"),
        ("http://127.0.0.1:99999/lobby", "is no address"),
    ],
)
def test_an_address_that_is_none(url: str, why: str) -> None:
    assert why in one_sentence(callboard("call", url))


def test_a_recording_that_is_none(tmp_path: Path) -> None:
    url = "http://127.0.0.1:1/lobby"
    (tmp_path / "words.wav").write_text("hello", encoding="utf-8")
    said = one_sentence(callboard("call", url, "--play", "words.wav", cwd=tmp_path))
    assert said.startswith("words.wav is not a WAV file of integer PCM")
    said = one_sentence(callboard("call", url, "--play", "none.wav", cwd=tmp_path))
    assert said == "none.wav cannot be read: No such file or directory."
    said = one_sentence(callboard("call", url, "--record", "no/where.wav", cwd=tmp_path))
    assert said == "no/where.wav cannot be written: there is no folder no."


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (("talk", "--port", "70000"), "70000 is not in the range"),
        (("talk", "--room", "no room", "--no-browser"), "'no room' is no name of a room"),
        (("talk", "--arg", "volume"), "'volume' is not KEY=VALUE"),
        (("talk", "--max-calls", "0"), "0 is not in the range"),
        (("talk", "--tls-cert", "cert.pem"), "--tls-cert and --tls-key belong together"),
        (("talk", "--ice-server", "example.org"), "is no ICE server"),
        (("room", "--private"), "CALLBOARD_SECRET"),
        (("token", "lobby"), "CALLBOARD_SECRET"),
        (("token", "lobby", "--ttl", "soon"), "'soon' is no duration"),
        (("tolk",), "No such command 'tolk'"),
        (("run", "agent.py"), "Missing option '--url'"),
    ],
)
def test_options_that_cannot_be_meant(
    args: tuple[str, ...], why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CALLBOARD_SECRET", raising=False)
    assert why in one_sentence(callboard(*args, cwd=tmp_path))


def test_nothing_at_all_shows_the_help() -> None:
    done = callboard()
    assert done.code == 2
    assert done.err.startswith("Usage: callboard ")
    assert "talk" in done.err


def test_a_module_beside_an_agent_that_ours_hides(tmp_path: Path) -> None:
    (tmp_path / "media.py").write_text("", encoding="utf-8")
    (tmp_path / "agent.py").write_text(AGENTS["no graph"], encoding="utf-8")
    done = callboard("graph", tmp_path / "agent.py")
    assert "is hidden by Callboard's own package media" in one_sentence(done)


def test_a_module_in_the_folder_that_hides_ours(tmp_path: Path) -> None:
    (tmp_path / "runtime.py").write_text("", encoding="utf-8")
    said = one_sentence(callboard("doctor", cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)}))
    assert "hides Callboard's own package runtime" in said
    assert "my_runtime.py" in said
