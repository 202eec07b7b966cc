"""The STUN and TURN servers that a room tells its people, with passwords that hold for a day."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence

import attrs

from actors.call.protocol import Json

PASSWORD_SECONDS = 24 * 3600
"""A call that lasts longer gets new ones whenever its socket resumes."""


@attrs.frozen
class Relays:
    """ICE servers as browsers take them (RTCIceServer).

    With `secret` each TURN server without a credential of its own gets one for each participant
    and join: the TURN REST form (draft-uberti-behave-turn-rest-00), which coturn knows as
    `use-auth-secret`. The password is the HMAC-SHA1 of the user name, `EXPIRY:ID`.
    """

    servers: tuple[Mapping[str, Json], ...] = ()
    secret: str | None = attrs.field(default=None, repr=False)

    def for_participant(self, participant: str, now: float) -> tuple[Mapping[str, Json], ...]:
        """What `joined` tells this participant. `now` is in seconds since 1970."""
        if self.secret is None:
            return self.servers
        return tuple(self._with_password(each, participant, now) for each in self.servers)

    def _with_password(
        self, server: Mapping[str, Json], participant: str, now: float
    ) -> Mapping[str, Json]:
        if self.secret is None or "credential" in server or not _is_turn(server):
            return server
        username = f"{int(now) + PASSWORD_SECONDS}:{participant}"
        digest = hmac.digest(self.secret.encode(), username.encode(), hashlib.sha1)
        return {**server, "username": username, "credential": base64.b64encode(digest).decode()}


def _is_turn(server: Mapping[str, Json]) -> bool:
    urls = server.get("urls")
    each = [urls] if isinstance(urls, str) else urls if isinstance(urls, Sequence) else []
    return any(isinstance(url, str) and url.startswith(("turn:", "turns:")) for url in each)
