"""A meeting's address: `http(s)://HOST[:PORT]/ROOM`."""

import ipaddress
from urllib.parse import urlsplit

import attrs

from actors.errors import BadAddressError
from actors.protocol import is_room_name

SCHEMES = {"http": False, "https": True, "ws": False, "wss": True}


@attrs.frozen
class MeetingAddress:
    """Where a meeting is.

    Attributes:
        host: a name or an IP address, without brackets.
        secure: whether it is reached by TLS.
    """

    host: str
    port: int
    room: str
    secure: bool = False

    @classmethod
    def parse(cls, url: str) -> "MeetingAddress":
        """Read a meeting URL.

        Raises:
            BadAddressError: when it is none; the text says what is wrong with it.
        """
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError as error:
            raise BadAddressError(f"{url!r} is no address: {error}") from None
        if parts.scheme not in SCHEMES:
            raise BadAddressError(
                f"{url!r} is no meeting's address: it begins with http:// or https://, "
                f"as in http://127.0.0.1:8080/lobby"
            )
        if not host:
            raise BadAddressError(f"{url!r} names no host")
        room = parts.path.strip("/")
        if not is_room_name(room):
            raise BadAddressError(
                f"{url!r} names no room: one follows the host, up to 64 letters, digits, "
                f"'.', '_' or '-', as in http://{parts.netloc}/lobby"
            )
        secure = SCHEMES[parts.scheme]
        return cls(host, port or (443 if secure else 80), room, secure)

    @property
    def loopback(self) -> bool:
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def resource(self) -> str:
        """The path that the WebSocket asks for."""
        return f"/{self.room}"

    @property
    def authority(self) -> str:
        """Host and, where it is not the scheme's own, port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        standard = self.port == (443 if self.secure else 80)
        return host if standard else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{'https' if self.secure else 'http'}://{self.authority}/{self.room}"
