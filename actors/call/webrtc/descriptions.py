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
            return RTCSessionDescription(sdp=sdp, type=kind)
        case _:
            raise MediaError("a description needs a type, offer or answer, and an sdp")


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
