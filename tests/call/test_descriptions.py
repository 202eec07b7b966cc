"""Descriptions and candidates of others, read strictly but for what may be left out."""

import pytest
from aiortc.sdp import SessionDescription

from actors.call.webrtc.descriptions import read_candidate, read_description
from actors.errors import MediaError

LIVE = """v=0
o=- 1 0 IN IP4 0.0.0.0
s=-
t=0 0
a=group:BUNDLE 0
m=audio 9 UDP/TLS/RTP/SAVPF 96
c=IN IP4 0.0.0.0
a=ice-ufrag:4419
a=ice-pwd:f4ebd5d93a42fd8bd6349f
a=fingerprint:sha-256 AB:B4
a=setup:active
a=mid:0
a=sendrecv
a=rtcp-mux
a=rtpmap:96 opus/48000/2
"""
REFUSED = (
    "m=video 0 UDP/TLS/RTP/SAVPF 97\nc=IN IP4 0.0.0.0\na=mid:1\na=inactive\na=rtpmap:97 VP8/90000\n"
)


def read(sdp, kind="answer"):
    return SessionDescription.parse(read_description({"type": kind, "sdp": sdp}).sdp)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_refused_section_may_leave_out_what_nobody_needs(end):
    live, refused = read((LIVE + REFUSED).replace("\n", end)).media
    assert (live.port, refused.port) == (9, 0)
    assert refused.rtcp_mux
    assert refused.ice.usernameFragment == "4419"
    assert refused.dtls.role == "client"
    assert refused.direction == "inactive"
    assert live.rtp.codecs[0].name == "opus"


def test_what_is_whole_stays_as_it_is():
    sdp = LIVE.replace("\n", "\r\n")
    assert read_description({"type": "offer", "sdp": sdp}).sdp == sdp


@pytest.mark.parametrize(
    "data",
    [
        None,
        "v=0",
        {},
        {"type": "offer"},
        {"type": "pranswer", "sdp": LIVE},
        {"type": "offer", "sdp": 7},
        {"type": "offer", "sdp": "v=0\r\n"},
    ],
)
def test_what_is_no_description_is_said(data):
    with pytest.raises(MediaError):
        read_description(data)


def test_candidates_as_browsers_write_them():
    line = "candidate:1 1 udp 2113937151 192.0.2.1 7000 typ host generation 0 ufrag abcd"
    found = read_candidate({"candidate": line, "sdpMid": "0", "sdpMLineIndex": 0})
    assert (found.ip, found.port, found.type, found.sdpMid) == ("192.0.2.1", 7000, "host", "0")
    assert read_candidate({"candidate": line}).sdpMLineIndex == 0
    assert read_candidate({"candidate": ""}) is None


@pytest.mark.parametrize("data", [{}, 5, {"candidate": 5}, {"candidate": "candidate:nonsense"}])
def test_what_is_no_candidate_is_said(data):
    with pytest.raises(MediaError):
        read_candidate(data)
