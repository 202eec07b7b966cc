"""What our descriptions say of audio beyond what aiortc knows: in-band redundancy, and copies."""

from collections.abc import Mapping

from aiortc import RTCSessionDescription
from aiortc.sdp import MediaDescription, SessionDescription

from actors.call.webrtc import red

OPUS_PARAMETERS = {"minptime": 10, "useinbandfec": 1}
"""RFC 7587, section 6.1: without `useinbandfec` browsers send no redundancy."""

RED = 63
"""The payload type under which we offer copies (RFC 2198), as browsers do: what aiortc gives away
begins at 96."""


def with_audio_parameters(
    description: RTCSessionDescription, offer: RTCSessionDescription | None = None
) -> RTCSessionDescription:
    """Complete our own offer, or our answer to `offer`.

    Copies are offered after Opus itself: whoever sends by the first codec sends none unasked.
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
            media.rtp.codecs.append(red.codec(number, opus))
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
