"""Another machine on a cable: a network namespace whose far end has an address of ours."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Generator

import attrs
import pytest

SPACE, OURS, THEIRS = "callboard-test", "callboard0", "callboard1"
THERE = "10.77.0.1"


@attrs.frozen
class Cable:
    """A pair of virtual network cards, one of them in a namespace of its own.

    Attributes:
        run_there: what a command begins with to run on the other machine.
        there: the other machine's address.
    """

    run_there: tuple[str, ...] = ("ip", "netns", "exec", SPACE)
    there: str = THERE

    def give(self, address: str) -> None:
        """Our end gets an address."""
        _ip("addr", "add", f"{address}/24", "dev", OURS)

    def take(self, address: str) -> None:
        """Our end loses it, and with it every connection from it."""
        _ip("addr", "del", f"{address}/24", "dev", OURS)


@contextlib.contextmanager
def cable() -> Generator[Cable]:
    """Lays one; skips where this system lets nobody do that."""
    if shutil.which("ip") is None:
        pytest.skip("No network namespaces on this machine: apt-get install iproute2.")
    try:
        _ip("netns", "add", SPACE)
    except subprocess.CalledProcessError:
        pytest.skip("This system gives us no network namespace.")
    try:
        _ip("link", "add", OURS, "type", "veth", "peer", "name", THEIRS, "netns", SPACE)
        # A link-local address would come a second later: a change of network of its own.
        _ip("link", "set", OURS, "addrgenmode", "none")
        _ip("link", "set", OURS, "up")
        _ip("-n", SPACE, "addr", "add", f"{THERE}/24", "dev", THEIRS)
        _ip("-n", SPACE, "link", "set", THEIRS, "up")
        _ip("-n", SPACE, "link", "set", "lo", "up")
        yield Cable()
    finally:
        _ip("netns", "del", SPACE)
        subprocess.run(["ip", "link", "del", OURS], check=False, capture_output=True)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)
