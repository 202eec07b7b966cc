"""Binding the server's port, and telling people its address."""

from __future__ import annotations

import errno
import socket

import trio

from actors.errors import RoomError

WILDCARDS = ("0.0.0.0", "::", "")
LAST_PORT = 65535


async def bind(host: str, port: int) -> trio.SocketListener:
    """A listening socket. Raises `RoomError` with what to do."""
    if not 0 <= port <= LAST_PORT:
        # A system's resolver may take 70000 for 4464.
        raise RoomError(f"{port} is no port; ports go from 0 (any free one) to {LAST_PORT}.")
    where = f"port {port} on {host}"
    try:
        first, *others = await trio.open_tcp_listeners(port, host=host or None)
    except socket.gaierror as error:
        raise RoomError(f"{host} is not a name of this machine.") from error
    except OSError as error:
        raise RoomError(_why(error.errno, where, host)) from error
    # A name may stand for several addresses, with port 0 each with another port: one is enough.
    for listener in others:
        await listener.aclose()
    return first


def _why(number: int | None, where: str, host: str) -> str:
    if number == errno.EADDRINUSE:
        return f"{where} is in use by another program; choose another with --port, or --port 0."
    if number == errno.EACCES:
        return f"{where} is reserved for the system; choose a port from 1024."
    if number == errno.EADDRNOTAVAIL:
        return f"{host} is not an address of this machine."
    return f"{where} cannot be opened."


def port_of(listener: trio.SocketListener) -> int:
    """The port that was really bound."""
    return int(listener.socket.getsockname()[1])


def shown_host(host: str) -> str:
    """The host part of an address that reaches a server bound to `host`."""
    if host in WILDCARDS:
        return own_address()
    return f"[{host}]" if ":" in host else host


def own_address() -> str:
    """This machine's address in its local network; the loopback's where there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Connecting a datagram socket sends nothing: it only asks for the route.
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"
