"""What two ports tell each other through the room, read strictly: descriptions and candidates."""

from typing import cast

from aiortc import RTCIceCandidate, RTCSessionDescription
from aiortc.sdp import candidate_from_sdp

from actors.errors import MediaError


def plain(description: RTCSessionDescription) -> dict[str, object]:
    """A description as it travels."""
    return {"type": description.type, "sdp": description.sdp}


def read_description(data: object) -> RTCSessionDescription:
    """Read an offer or an answer. Raises `MediaError`."""
    match data:
        case {"type": "offer" | "answer", "sdp": str(sdp)}:
            kind = cast("dict[str, str]", data)["type"]
            if "\nm=" not in sdp:
                raise MediaError("a description came with neither audio nor video in it")
            return RTCSessionDescription(sdp=_with_whole_sections(sdp), type=kind)
        case _:
            raise MediaError("a description needs a type, offer or answer, and an sdp")


NEEDED = ("ice-ufrag", "ice-pwd", "fingerprint", "setup", "rtcp-mux")
"""Attributes without which aiortc takes no section, not even one that is refused."""


def _with_whole_sections(sdp: str) -> str:
    """Give a refused section (port 0) what it may leave out (RFC 3264, section 6).

    Whoever has no camera refuses the sections of pictures; aiortc would refuse all of the answer.
    """
    session, *sections = sdp.replace("\r\n", "\n").split("\nm=")
    borrowed = {
        line.removeprefix("a=").partition(":")[0]: line
        for part in reversed([session, *sections])
        for line in part.splitlines()
        if line.startswith("a=")
    }
    whole = [session]
    for section in sections:
        lines = section.rstrip("\n").splitlines()
        fields = lines[0].split()
        if len(fields) > 1 and fields[1] == "0":
            known = {line.removeprefix("a=").partition(":")[0] for line in lines}
            lines += [borrowed[name] for name in NEEDED if name not in known and name in borrowed]
            if "rtcp-mux" not in known and "rtcp-mux" not in borrowed:
                lines.append("a=rtcp-mux")
        whole.append("\n".join(lines))
    return "\nm=".join(whole).rstrip("\n").replace("\n", "\r\n") + "\r\n"


def read_candidate(data: object) -> RTCIceCandidate | None:
    """Read a browser's candidate (RTCIceCandidateInit); None for the end of them."""
    match data:
        case {"candidate": str(text)} if text:
            pass
        case {"candidate": ""} | {"candidate": None}:
            return None
        case _:
            raise MediaError("a candidate needs a candidate line")
    mid = cast("dict[str, object]", data).get("sdpMid")
    index = cast("dict[str, object]", data).get("sdpMLineIndex")
    try:
        candidate = candidate_from_sdp(text.removeprefix("candidate:"))
    except (ValueError, IndexError, AssertionError) as error:
        raise MediaError("a candidate line could not be read") from error
    candidate.sdpMid = mid if isinstance(mid, str) else None
    candidate.sdpMLineIndex = index if isinstance(index, int) else None
    if candidate.sdpMid is None and candidate.sdpMLineIndex is None:
        candidate.sdpMLineIndex = 0
    return candidate
