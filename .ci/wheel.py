"""What the installed wheel must do alone: `talk` from an empty folder, its page, a call, Ctrl-C."""

import importlib.util
import json
import re
import signal
import subprocess
import sys
import time
import urllib.request
from importlib import resources
from pathlib import Path
from urllib.parse import urljoin

MOST_SECONDS = 10.0
"""Until `talk` has printed its address, right after the install."""


def fetch(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=5) as answer:
        return answer.read()


def check_contents() -> None:
    for package in ("media", "runtime", "actors", "callboard"):
        spec = importlib.util.find_spec(package)
        assert spec is not None, f"{package} is not in the wheel"
        assert spec.origin is not None, f"{package} in the wheel has no __init__.py"
        folder = Path(spec.origin).parent
        assert "site-packages" in folder.parts, f"{package} was found at {folder}, not in the wheel"
        assert (folder / "py.typed").exists(), f"{package}/py.typed is not in the wheel"
    agent = resources.files("callboard") / "cli" / "agents" / "assistant.py"
    assert agent.is_file(), "the default agent is not in the wheel"


def check_page(url: str) -> None:
    page = fetch(url).decode()
    assets = re.findall(r"""(?:src|href)=["'](/-/[^"']+)["']""", page)
    assert assets, "the page names no asset"
    for path in {*assets, "/-/callboard.js"}:
        assert fetch(urljoin(url, path)), f"{path} is empty"


def check_call(command: Path, url: str) -> None:
    """A caller who says nothing is let in, and finds the agent there."""
    call = [command, "call", url, "--for", "4", "--json", "report.json"]
    subprocess.run(call, check=True, timeout=60, stdout=subprocess.DEVNULL)
    report = json.loads(Path("report.json").read_text(encoding="utf-8"))
    assert report["participants"] == ["Assistant"], report
    assert report["media_seconds"] is not None, report


def main() -> None:
    check_contents()
    command = Path(sys.executable).with_name("callboard")
    began = time.monotonic()
    talk = subprocess.Popen(
        [command, "talk", "--port", "0", "--no-browser"], stdout=subprocess.PIPE, text=True
    )
    assert talk.stdout is not None
    try:
        url = talk.stdout.readline().strip()
        took = time.monotonic() - began
        assert url.startswith("http://127.0.0.1:"), f"talk printed {url!r}, not a meeting URL"
        assert took <= MOST_SECONDS, f"talk took {took:.1f} s to print its URL"
        check_page(url)
        check_call(command, url)
        talk.send_signal(signal.SIGINT)
        code = talk.wait(timeout=5)
        assert code in (0, 130), f"talk ended with {code} on Ctrl-C"
    finally:
        if talk.poll() is None:
            talk.kill()
            talk.wait()
    print(f"the wheel talks: {url} after {took:.1f} s")


if __name__ == "__main__":
    main()
