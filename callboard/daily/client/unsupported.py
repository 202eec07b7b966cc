"""What needs a network of Daily's own, and why there is no such thing here."""

from __future__ import annotations

from typing import Final

PHONE: Final = (
    "not supported: dialling out, SIP and DTMF go through Daily's telephone network, and a room of "
    "your own has no line to one. Bring the caller in by a SIP-to-WebRTC gateway that joins the "
    "meeting's URL."
)
ENDPOINTS: Final = (
    "not supported: named endpoints are configured in a Daily domain. Give the addresses "
    "themselves: start_live_stream_with_rtmp_urls([...])."
)
LAYOUT: Final = (
    "not supported: the layout of a recording or stream is fixed when it starts. Stop it, and "
    "start another one with the new settings."
)
PROXY: Final = (
    "not supported: the way to the room goes without a proxy. Run where the room is reachable, or "
    "use the system's network settings."
)
