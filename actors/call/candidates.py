"""Which addresses each side of a call offered, and what to open where none of them led anywhere."""

from collections.abc import Iterable, Mapping

import attrs

WAYS = {"host": "its own", "srflx": "seen from outside", "prflx": "seen from outside"}
SHOWN = 6
"""Addresses that a sentence names at most; a machine with containers has dozens."""


@attrs.frozen
class Candidate:
    """An address that somebody may be reached at (RFC 8839, section 5.1).

    Attributes:
        way: `host`, `srflx` and `prflx` (as seen by a server, behind a NAT) or `relay` (TURN).
    """

    protocol: str
    address: str
    port: int
    way: str

    @classmethod
    def read(cls, line: str) -> "Candidate | None":
        """Read `candidate:...`, with or without `a=`; None for what is none."""
        fields = line.strip().removeprefix("a=").removeprefix("candidate:").split()
        if len(fields) < 8 or fields[6] != "typ" or not fields[5].isdigit():
            return None
        return cls(fields[2].lower(), fields[4], int(fields[5]), fields[7])

    def __str__(self) -> str:
        address = "a hidden address" if self.address.endswith(".local") else self.address
        way = "relayed" if self.way == "relay" else WAYS.get(self.way, self.way)
        return f"{address} ({self.protocol.upper()}, {way})"


class Candidates:
    """What one side has offered in one attempt."""

    def __init__(self) -> None:
        self._found: dict[Candidate, None] = {}

    def add(self, signal: Mapping[str, object]) -> None:
        """Take those in a description or a candidate, as they are signalled."""
        match signal:
            case {"description": {"sdp": str(sdp)}}:
                self._read(sdp.splitlines())
            case {"candidate": {"candidate": str(line)}}:
                self._read([line])
            case _:
                pass

    def _read(self, lines: Iterable[str]) -> None:
        for line in lines:
            candidate = Candidate.read(line)
            if candidate is not None and candidate.port != 9:  # the discard port stands for none
                self._found[candidate] = None

    @property
    def ways(self) -> frozenset[str]:
        return frozenset(candidate.way for candidate in self._found)

    def __str__(self) -> str:
        if not self._found:
            return "no address at all"
        texts = list(dict.fromkeys(map(str, self._found)))
        more = len(texts) - SHOWN
        return ", ".join(texts[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def why_unconnected(ours: Candidates, theirs: Candidates) -> str:
    """Sentences for who wants to know why two sides did not find each other."""
    tried = f"This side offered {ours}; the other side offered {theirs}."
    return f"{tried} {_advice(ours, theirs)}"


def _advice(ours: Candidates, theirs: Candidates) -> str:
    if not theirs.ways:
        return "Nothing came from the other side: is its page still open, and may it use WebRTC?"
    if not ours.ways:
        return "This machine found no address to offer: look at its network, and at --interfaces."
    if "relay" in ours.ways | theirs.ways:
        return (
            "Even the TURN server did not help: look whether its relay ports (UDP) are open, and "
            "whether it lets this peer through."
        )
    return (
        "Let UDP through between the two: open the ports of --udp-ports in the firewall, tell a "
        "machine behind a 1:1 NAT its --public-ip, or give both a relay: --ice-server "
        "turn:USER:KEY@HOST."
    )
