"""Credentials: meeting tokens, resume keys, and passwords of relays."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from typing import cast

import attrs
import jwt

from actors.errors import RoomError
from actors.protocol import Json, Permissions, ProtocolError, limits
from actors.protocol.client import read_name
from actors.protocol.fields import Fields, Readable, by, part

SHORTEST_SECRET = 32
"""Bytes: RFC 7518 asks HS256 keys to be as long as the hash."""
RESUME_SECONDS = limits.RESUME_WITHIN + limits.PING_EVERY
"""A key is at most one ping old when its socket is lost."""
ANY_ROOM = "*"


@attrs.frozen
class Claims(Readable):
    """The statements of a token about its bearer; `all` holds those that are not ours too."""

    name: str | None = attrs.field(default=None, metadata=by(read_name))
    owner: bool = False
    agent: bool = False
    hidden: bool = False
    permissions: Permissions = attrs.field(factory=Permissions, metadata=part(Permissions))
    all: Mapping[str, Json] = attrs.field(factory=dict[str, Json], metadata=by(Fields.mapping))


@attrs.frozen
class ResumeKey:
    """Whom a resume key brings back."""

    id: str
    room: str
    session: str
    joined_at: float
    fresh: bool
    claims: Claims


def _long_enough(_: object, __: object, secret: str) -> None:
    if len(secret.encode()) < SHORTEST_SECRET:
        raise RoomError(
            f"The secret has {len(secret.encode())} bytes; it needs {SHORTEST_SECRET} or more. "
            'Make one with: python -c "import secrets; print(secrets.token_urlsafe(32))"'
        )


@attrs.frozen
class Signer:
    """Signs and reads both kinds with one secret.

    `clock` gives seconds since 1970: what is signed outlives the process, so no other clock serves.
    """

    secret: str = attrs.field(repr=False, validator=_long_enough)
    clock: Callable[[], float] = time.time

    @classmethod
    def random(cls) -> Signer:
        return cls(secrets.token_urlsafe(32))

    def meeting_token(
        self,
        room: str,
        *,
        seconds: float,
        name: str | None = None,
        owner: bool = False,
        agent: bool = False,
        hidden: bool = False,
        claims: Mapping[str, Json] | None = None,
    ) -> str:
        """Lets its bearer into `room` (`*`: any) for so many seconds from now."""
        payload: dict[str, Json] = dict(claims or {})
        payload |= {"room": room, "exp": int(self.clock() + seconds)}
        rights = {"name": name, "owner": owner, "agent": agent, "hidden": hidden}
        payload |= {key: value for key, value in rights.items() if value}
        return jwt.encode(dict(payload), self.secret, algorithm="HS256")

    def read_meeting_token(self, token: str, room: str) -> Claims:
        """What a token for `room` says. Raises `ProtocolError` (`bad_token`), which is fatal."""
        payload = self._decode(token, self.secret)
        if payload is None:
            raise _bad_token("The meeting token is not one of this server's.")
        expires = payload.get("exp")
        if not isinstance(expires, int | float) or isinstance(expires, bool):
            raise _bad_token("The meeting token does not say until when it holds (exp).")
        if expires <= self.clock():
            raise _bad_token("The meeting token has expired. Ask for a new one.")
        if payload.get("room") not in (room, ANY_ROOM):
            raise _bad_token(f"The meeting token is not for the room {room}.")
        try:
            return Claims.read(Fields({**payload, "all": payload}, "token."))
        except ProtocolError as error:
            raise _bad_token(f"The meeting token is malformed: {error.message}") from None

    def resume_key(
        self, *, participant: str, room: str, session: str, joined_at: float, claims: Claims
    ) -> str:
        payload = {
            "id": participant,
            "room": room,
            "session": session,
            "joined_at": joined_at,
            "exp": int(self.clock() + RESUME_SECONDS),
            "claims": attrs.asdict(claims),
        }
        return jwt.encode(payload, self._resume_secret, algorithm="HS256")

    def read_resume_key(self, key: str, room: str) -> ResumeKey | None:
        """Whom a key for `room` stands for, or None if we never signed it."""
        payload = self._decode(key, self._resume_secret)
        if payload is None or payload.get("room") != room:
            return None
        try:
            return _resume_key(Fields(payload), room, now=self.clock())
        except ProtocolError:
            return None  # another version's

    @property
    def _resume_secret(self) -> bytes:
        # A key of its own, so that neither kind is ever taken for the other.
        return hmac.digest(self.secret.encode(), b"callboard resume key", hashlib.sha256)

    def _decode(self, text: str, secret: str | bytes) -> Mapping[str, Json] | None:
        # The times are checked by our own clock; the audience is nobody's in particular.
        try:
            payload = jwt.decode(
                text,
                secret,
                algorithms=["HS256"],
                options={
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                    "verify_aud": False,
                },
            )
        except (jwt.PyJWTError, ValueError, RecursionError):
            return None
        return cast("Mapping[str, Json]", payload)


def _resume_key(fields: Fields, room: str, *, now: float) -> ResumeKey:
    return ResumeKey(
        id=fields.text("id", limits.ID_LENGTH),
        room=room,
        session=fields.text("session", limits.ID_LENGTH),
        joined_at=fields.number("joined_at"),
        fresh=fields.number("exp") > now,
        claims=Claims.read(fields.fields("claims")),
    )


def _bad_token(message: str) -> ProtocolError:
    return ProtocolError("bad_token", message, fatal=True)


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
