"""`callboard daily`: a script is run as Python runs it, with ours in the place of `daily`."""

import subprocess
import sys
from pathlib import Path

import pytest

from callboard import daily
from callboard.daily.context import process
from callboard.daily.daily import install

pytestmark = pytest.mark.real


def run(*arguments: str, cwd: Path, data: bytes = b"") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "callboard.cli", "daily", *arguments],
        cwd=cwd,
        input=data.decode(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def script(folder: Path, text: str, name: str = "bot.py") -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return name


def test_a_script_is_the_main_module_with_its_own_arguments(tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("WORD = 'found'")
    name = script(
        tmp_path,
        "import sys, daily, beside\n"
        "from daily import *\n"
        "print(__name__, sys.argv, beside.WORD, sys.stdin.read())\n"
        "print(Daily.create_microphone_device('m').write_frames(bytes(320)))\n",
    )
    done = run(name, "--room", "-x", "2", cwd=tmp_path, data=b"typed")
    assert done.stdout.splitlines() == [
        "__main__ ['bot.py', '--room', '-x', '2'] found typed",
        "160",
    ]
    assert (done.returncode, done.stderr) == (0, "")


def test_a_module(tmp_path: Path) -> None:
    package = tmp_path / "bots"
    package.mkdir()
    (package / "__init__.py").write_text("")
    script(package, "import sys, daily\nprint(__name__, __package__, sys.argv[1:])")
    done = run("-m", "bots.bot", "--flag", cwd=tmp_path)
    assert done.stdout == "__main__ bots ['--flag']\n"


@pytest.mark.parametrize(
    ("text", "code", "error"),
    [
        ("raise SystemExit(3)", 3, ""),
        ("raise SystemExit", 0, ""),
        ("raise SystemExit('that was it')", 1, "that was it\n"),
        ("raise KeyboardInterrupt", 130, ""),
    ],
)
def test_exit_codes(tmp_path: Path, text: str, code: int, error: str) -> None:
    done = run(script(tmp_path, text), cwd=tmp_path)
    assert (done.returncode, done.stderr) == (code, error)


def test_what_it_raises_is_shown_as_python_shows_it(tmp_path: Path) -> None:
    done = run(script(tmp_path, "def go():\n    1 / 0\n\ngo()\n"), cwd=tmp_path)
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert "bot.py" in lines[1]
    assert lines[-1] == "ZeroDivisionError: division by zero"


def test_strict(tmp_path: Path) -> None:
    name = script(
        tmp_path,
        "from daily import Daily\n"
        "Daily.init()\n"
        "print(Daily.create_microphone_device('m').write_frames(bytes(320)))\n",
    )
    assert run("--strict", name, cwd=tmp_path).stdout == "0\n"
    assert run(name, cwd=tmp_path).stdout == "160\n"


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        ((), 2, "callboard: name a script: callboard daily SCRIPT.py, or -m MODULE.\n"),
        (("nowhere.py",), 1, "callboard: nowhere.py does not exist; name a Python script.\n"),
        ((".",), 1, "callboard: . is a folder; name a Python script.\n"),
        (("-m", "no.such"), 1, "callboard: there is no module no.such to run.\n"),
    ],
)
def test_what_cannot_be_run(
    tmp_path: Path, arguments: tuple[str, ...], code: int, sentence: str
) -> None:
    done = run(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (code, sentence)


def test_a_room_that_is_not_there_is_told_to_the_script(tmp_path: Path) -> None:
    name = script(
        tmp_path,
        "import threading\n"
        "from daily import CallClient\n"
        "done = threading.Event()\n"
        "client = CallClient()\n"
        "client.join('https://example.daily.co/hello',\n"
        "            completion=lambda data, error: (print(error), done.set()))\n"
        "done.wait(30)\n",
    )
    done = run("--room", "http://127.0.0.1:9", name, cwd=tmp_path)
    assert "nobody answers at http://127.0.0.1:9/hello" in done.stdout
    assert done.returncode == 0


def test_install_puts_ours_in_the_place_of_daily(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "daily", raising=False)
    monkeypatch.setenv("CALLBOARD_ROOM_URL", "http://127.0.0.1:1")
    install()
    import daily as theirs

    assert theirs is daily
    assert process.options.room == "http://127.0.0.1:1"
    install(room="http://127.0.0.1:2", strict=True)
    assert (process.options.room, process.options.strict) == ("http://127.0.0.1:2", True)
    monkeypatch.setitem(sys.modules, "daily", sys)
    with pytest.raises(RuntimeError, match="another module daily was imported already"):
        install()
