"""How other machines may reach this one: addresses, ports, STUN and TURN servers."""

import ipaddress
import ssl
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qs

import attrs

from actors.call.port import IceServer
from actors.errors import CallError
from actors.protocol import Json

PORTS = {"stun": 3478, "turn": 3478, "stuns": 5349, "turns": 5349}
"""RFC 7064 and RFC 7065: what stands for a port that a URL does not name."""


class IceSettingsError(CallError, ValueError):
    """Ports, addresses, interfaces or servers that nobody can be reached by."""


@attrs.frozen
class Relay:
    """A server that helps two machines to find each other.

    Attributes:
        scheme: `stun`, which tells an address as seen from outside, or `turn`, which relays.
        transport: how the server is reached: `udp`, `tcp` or `tls`.
    """

    scheme: str
    host: str
    port: int
    transport: str = "udp"
    username: str | None = None
    credential: str | None = attrs.field(default=None, repr=False)

    @classmethod
    def parse(cls, url: str, username: str | None, credential: str | None) -> "Relay":
        """Read a URL of RFC 7064 or RFC 7065, such as `turn:example.org:3478?transport=tcp`.

        Raises:
            IceSettingsError: it is none.
        """
        scheme, colon, rest = url.partition(":")
        place, _, query = rest.partition("?")
        wanted = parse_qs(query).get("transport", ["udp"])[-1]
        if not colon or scheme not in PORTS or not place or wanted not in ("udp", "tcp"):
            raise IceSettingsError(
                f"{url!r} is no ICE server; write stun:HOST[:PORT] or "
                "turn(s):HOST[:PORT][?transport=udp|tcp]"
            )
        host, port = _host_and_port(place, PORTS[scheme], url)
        transport = "tls" if scheme == "turns" else wanted if scheme == "turn" else "udp"
        return cls(scheme.removesuffix("s"), host, port, transport, username, credential)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}:{host}:{self.port} over {self.transport.upper()}"


def relays(servers: Iterable[IceServer]) -> tuple[Relay, ...]:
    """The servers of a `joined`, one for each URL, in their order. Raises `IceSettingsError`."""
    return tuple(
        Relay.parse(url, server.username, server.credential)
        for server in servers
        for url in server.urls
    )


def _ordered(_: object, __: object, ports: tuple[int, int] | None) -> None:
    if ports is not None and not 1 <= ports[0] <= ports[1] <= 65535:
        raise IceSettingsError(
            f"{ports[0]}-{ports[1]} is no range of ports; write FIRST-LAST, as in 40000-40999"
        )


def _an_address(_: object, __: object, address: str | None) -> None:
    if address is not None:
        try:
            ipaddress.IPv4Address(address)
        except ValueError:
            raise IceSettingsError(
                f"{address!r} is no IPv4 address; write one as 203.0.113.7"
            ) from None


@attrs.frozen
class IceSettings:
    """What this machine offers to whoever wants to reach it.

    Attributes:
        loopback: also offer 127.0.0.1; without it a page and an agent on one machine need a
            network to meet.
        relay_only: offer nothing but a TURN server's addresses, and hide our own.
        udp_ports: bind only these, first and last.
        public_ip: the address under which others see this machine, behind a NAT that maps one to
            one and keeps ports (as clouds do).
        interfaces: names or addresses of the network interfaces to offer; empty: all.
        servers: STUN and TURN servers, in order of preference.
        tls: how a TURN server's certificate is checked; the system's rules by default.
    """

    loopback: bool = False
    relay_only: bool = False
    udp_ports: tuple[int, int] | None = attrs.field(default=None, validator=_ordered)
    public_ip: str | None = attrs.field(default=None, validator=_an_address)
    interfaces: tuple[str, ...] = ()
    servers: tuple[Relay, ...] = ()
    tls: ssl.SSLContext | None = attrs.field(default=None, repr=False)

    def of(self, scheme: str) -> tuple[Relay, ...]:
        """Those of the servers that are `stun` or `turn`."""
        return tuple(server for server in self.servers if server.scheme == scheme)


def _host_and_port(place: str, standard: int, url: str) -> tuple[str, int]:
    if place.startswith("["):
        host, _, rest = place[1:].partition("]")
        port = rest.removeprefix(":")
    else:
        host, _, port = place.partition(":")
    if port and not (port.isdigit() and 0 < int(port) <= 65535):
        raise IceSettingsError(f"{url!r} names no port between 1 and 65535")
    return host, int(port) if port else standard


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
