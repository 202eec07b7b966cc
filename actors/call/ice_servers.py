"""The STUN and TURN servers that a room names."""

from collections.abc import Mapping

from actors.call.port import IceServer
from actors.call.protocol import Json


def ice_server(data: Mapping[str, Json]) -> IceServer:
    """Read one as WebRTC writes it: `urls` (one or several), `username`, `credential`."""
    urls = data.get("urls")
    texts = [urls] if isinstance(urls, str) else urls if isinstance(urls, list | tuple) else []
    username, credential = data.get("username"), data.get("credential")
    return IceServer(
        tuple(url for url in texts if isinstance(url, str)),
        username if isinstance(username, str) else None,
        credential if isinstance(credential, str) else None,
    )
