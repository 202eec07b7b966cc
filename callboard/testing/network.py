"""Seeded lossy networks: when a packet arrives or that it never does, and datagrams in memory."""

import asyncio
import itertools
import random
from collections.abc import Iterable
from typing import Any, cast

import attrs
from attrs.validators import ge, le


def _spans(outages: Iterable[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    return tuple(outages)


def _outages_are_spans(
    _instance: object, _field: object, outages: tuple[tuple[float, float], ...]
) -> None:
    for start, end in outages:
        if not 0 <= start < end:
            raise ValueError(
                f"an outage is (start, end) in seconds of the call with start < end; "
                f"({start}, {end}) is not"
            )


@attrs.frozen
class Network:
    """The faults of a network, the same both ways.

    Attributes:
        loss: share of packets that are lost, 0 to 1.
        burst: mean number of packets lost in a row (1: each is lost on its own). The model is
            Gilbert's, of two states.
        delay: seconds that each packet takes.
        jitter: up to so many seconds more, evenly spread; packets may overtake each other.
        outages: spans of the call, (start, end) in seconds, in which nothing arrives.
    """

    loss: float = attrs.field(default=0.0, validator=[ge(0), le(1)])
    burst: float = attrs.field(default=1.0, validator=ge(1))
    delay: float = attrs.field(default=0.0, validator=ge(0))
    jitter: float = attrs.field(default=0.0, validator=ge(0))
    outages: tuple[tuple[float, float], ...] = attrs.field(
        default=(), converter=_spans, validator=_outages_are_spans
    )

    @property
    def perfect(self) -> bool:
        """Whether every packet arrives at the moment when it is sent."""
        return self == Network()


class Route:
    """One direction between two ends, with its own random numbers."""

    def __init__(self, network: Network, seed: str) -> None:
        self.network = network
        self._random = random.Random(seed)
        self._losing = False

    def arrival(self, sent: float) -> float | None:
        """When a packet sent at `sent` (seconds) arrives; None if it is lost."""
        network = self.network
        lost = self._is_lost(network)
        late = self._random.uniform(0, network.jitter) if network.jitter else 0.0
        if lost or any(start <= sent < end for start, end in network.outages):
            return None
        return sent + network.delay + late

    def _is_lost(self, network: Network) -> bool:
        if not network.loss:
            return False
        if network.loss == 1 or network.burst == 1:
            return self._random.random() < network.loss
        if self._losing:
            self._losing = self._random.random() >= 1 / network.burst
        else:
            enter = min(1.0, network.loss / (network.burst * (1 - network.loss)))
            self._losing = self._random.random() < enter
        return self._losing


# One direction between two ports is a `Route` with its own random numbers, so what is sent
# elsewhere changes nothing.

ADDRESS = "127.0.0.1"
"""The only one. Others cannot be bound, so a run does not depend on the machine's own."""

FIRST_PORT = 10_000

Address = tuple[str, int]


class MemoryNetwork:
    """Carries datagrams between sockets, each when its route says.

    Loss concerns media only. A DTLS handshake repeats what is lost by a timer of OpenSSL, which
    knows no virtual time; ICE is left alone with it. Delay, jitter and outages concern everything.
    """

    def __init__(self, network: Network, seed: int) -> None:
        self.network = network
        self.sent = self.lost = 0
        self._seed = seed
        self._ports = itertools.count(FIRST_PORT)
        self._sockets: dict[Address, MemorySocket] = {}
        self._routes: dict[tuple[Address, Address], tuple[Route, Route]] = {}

    def open(
        self,
        loop: asyncio.AbstractEventLoop,
        protocol: asyncio.DatagramProtocol,
        address: Address,
    ) -> "MemorySocket":
        """Bind a socket; port 0 is any free one.

        Raises:
            OSError: no such address here, or the port is taken.
        """
        host, port = address
        if host != ADDRESS:
            raise OSError(f"the network in memory has the address {ADDRESS} only, not {host}")
        own = (host, port or next(self._ports))
        if own in self._sockets:
            raise OSError(f"the port {port} is taken")
        socket = self._sockets[own] = MemorySocket(self, loop, protocol, own)
        return socket

    def carry(
        self,
        loop: asyncio.AbstractEventLoop,
        data: bytes,
        source: Address,
        target: Address,
    ) -> None:
        media, rest = self._between(source, target)
        self.sent += 1
        arrival = (media if is_media(data) else rest).arrival(loop.time())
        if arrival is None:
            self.lost += 1
        else:
            loop.call_at(arrival, self._deliver, data, source, target)

    def close(self, address: Address) -> None:
        """Unbind; what is still on its way there is lost."""
        del self._sockets[address]

    def _between(self, source: Address, target: Address) -> tuple[Route, Route]:
        routes = self._routes.get((source, target))
        if routes is None:
            network, seed = self.network, f"{self._seed} {source} {target}"
            lossless = Network(delay=network.delay, jitter=network.jitter, outages=network.outages)
            routes = (Route(network, seed), Route(lossless, f"{seed} rest"))
            self._routes[source, target] = routes
        return routes

    def _deliver(self, data: bytes, source: Address, target: Address) -> None:
        socket = self._sockets.get(target)
        if socket is None:
            self.lost += 1
        else:
            socket.protocol.datagram_received(data, source)


class MemorySocket(asyncio.DatagramTransport):
    """One bound socket, as asyncio code sees it."""

    def __init__(
        self,
        network: MemoryNetwork,
        loop: asyncio.AbstractEventLoop,
        protocol: asyncio.DatagramProtocol,
        address: Address,
    ) -> None:
        super().__init__({"sockname": address})
        self.protocol = protocol
        self._network = network
        self._loop = loop
        self._address = address
        self._closing = False

    def sendto(self, data: Any, addr: Any = None) -> None:
        """Send; never waits."""
        if not self._closing:
            host, port = cast("Address", addr)[:2]
            self._network.carry(self._loop, bytes(data), self._address, (host, port))

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        """Unbind. Idempotent."""
        if not self._closing:
            self._closing = True
            self._network.close(self._address)
            self._loop.call_soon(self.protocol.connection_lost, None)

    def abort(self) -> None:
        self.close()


def is_media(data: bytes) -> bool:
    """Whether it is RTP or RTCP (RFC 7983)."""
    return bool(data) and 127 < data[0] < 192
