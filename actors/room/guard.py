"""Which names this server answers to, and which pages may open its sockets."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}


class Guard:
    """Checks the Host and Origin headers.

    A page elsewhere whose name is made to point here (DNS rebinding) comes with its own name as
    Host. So only addresses, this machine's names and the configured ones pass. A socket's Origin
    is the server's own or a configured one; programs send none.
    """

    def __init__(self, *, host: str, hosts: Iterable[str] = (), origins: Iterable[str] = ()):
        machine = socket.gethostname().lower()
        own = {host.lower(), "localhost", machine, machine.removesuffix(".local") + ".local"}
        self._hosts = own | {each.lower() for each in hosts}
        self._origins = {each.lower().rstrip("/") for each in origins}

    def knows_host(self, header: str | None) -> bool:
        """Whether a request with this Host header is meant for us."""
        name = _host_name(header)
        if name is None:
            return False
        return name in self._hosts or name.endswith(".localhost") or _is_address(name)

    def trusts_origin(self, header: str | None, host: str | None) -> bool:
        """Whether a page of this origin may open a socket here."""
        if header is None:
            return True
        if "*" in self._origins or header.lower() in self._origins:
            return True
        try:
            origin = urlsplit(header.lower())
            own = urlsplit(f"{origin.scheme}://{(host or '').lower()}")
            default = DEFAULT_PORTS.get(origin.scheme)
            same_port = (origin.port or default) == (own.port or default)
        except ValueError:
            return False
        return origin.hostname is not None and origin.hostname == own.hostname and same_port


def _host_name(header: str | None) -> str | None:
    try:
        return urlsplit(f"//{header}").hostname if header else None
    except ValueError:
        return None


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
