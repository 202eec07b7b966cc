"""What the installed wheel must do alone: `talk` from an empty folder serves the page and ends on Ctrl-C."""

import importlib.util
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import urljoin

PAGE = ["/-/callboard.js"]


def fetch(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=5) as answer:
        return answer.read()


def main() -> None:
    for package in ("media", "runtime", "actors", "callboard"):
        spec = importlib.util.find_spec(package)
        assert spec and spec.origin, f"{package} is not in the wheel"
        folder = Path(spec.origin).parent
        assert "site-packages" in folder.parts, f"{package} was found at {folder}, not in the wheel"
        assert (folder / "py.typed").exists(), f"{package}/py.typed is not in the wheel"

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
        assert took <= 10, f"talk took {took:.1f} s to print its URL"
        page = fetch(url).decode()
        assert "/-/" in page, "the page names no asset"
        for path in PAGE:
            assert fetch(urljoin(url, path)), f"{path} is empty"
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
