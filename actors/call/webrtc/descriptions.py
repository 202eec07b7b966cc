"""Descriptions and candidates that two ports exchange through the room, read strictly."""

from collections.abc import Mapping
from typing import cast

from aiortc import RTCIceCandidate, RTCSessionDescription
from aiortc.sdp import MediaDescription, SessionDescription, candidate_from_sdp

from actors.call.webrtc import redundancy
from actors.errors import MediaError


def plain(description: RTCSessionDescription) -> dict[str, object]:
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

    A peer without a camera refuses the sections of pictures; aiortc would refuse the whole answer.
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


OPUS_PARAMETERS = {"minptime": 10, "useinbandfec": 1}
"""RFC 7587, section 6.1: without `useinbandfec` browsers send no redundancy."""

RED = 63
"""The payload type under which we offer copies (RFC 2198), as browsers do: what aiortc gives away
begins at 96."""


def with_audio_parameters(
    description: RTCSessionDescription, offer: RTCSessionDescription | None = None
) -> RTCSessionDescription:
    """Complete our own offer, or our answer to `offer`.

    Copies are offered after Opus itself: a peer that sends by the first codec sends none unasked.
    """
    known = None if offer is None else _redundancy(offer)
    parsed = SessionDescription.parse(description.sdp)
    for media in parsed.media:
        opus = _payload_type(media, "opus")
        if opus is None:
            continue
        for codec in media.rtp.codecs:
            if codec.payloadType == opus:
                codec.parameters.update(OPUS_PARAMETERS)
        number = RED if known is None else known.get(media.rtp.muxId, (0, None))[1]
        if number is not None and _payload_type(media, "red") is None:
            media.rtp.codecs.append(redundancy.codec(number, opus))
            media.fmt.append(number)
    return RTCSessionDescription(sdp=str(parsed), type=description.type)


def agreed_redundancy(
    local: RTCSessionDescription | None, remote: RTCSessionDescription | None
) -> Mapping[str, tuple[int, int]]:
    """The payload types of Opus and of its copies, by mid, where both descriptions have them.

    Both sides use the offer's numbers (RFC 3264, section 6.1); others are not agreed on.
    """
    if local is None or remote is None:
        return {}
    ours, theirs = _redundancy(local), _redundancy(remote)
    return {mid: numbers for mid, numbers in ours.items() if theirs.get(mid) == numbers}


def _redundancy(description: RTCSessionDescription) -> dict[str, tuple[int, int]]:
    """Opus's number and its copies' by mid."""
    found: dict[str, tuple[int, int]] = {}
    for media in SessionDescription.parse(description.sdp).media:
        opus, number = _payload_type(media, "opus"), _payload_type(media, "red")
        if opus is not None and number is not None:
            found[media.rtp.muxId] = (opus, number)
    return found


def _payload_type(media: MediaDescription, name: str) -> int | None:
    """The number of a codec at 48 kHz in a section of audio."""
    if media.kind != "audio":
        return None
    for codec in media.rtp.codecs:
        if codec.name.lower() == name and codec.clockRate == 48_000:
            return codec.payloadType
    return None
