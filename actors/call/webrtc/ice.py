"""ICE as a call needs it: which addresses are offered, and media handed on without a queue."""

# pyright: reportPrivateUsage=false
import asyncio
from collections.abc import Callable

import structlog
from aioice import Connection, TransportPolicy
from aioice.candidate import Candidate
from aioice.ice import StunProtocol
from aioice.stun import Message

from actors.call.ice_settings import IceSettings
from actors.call.webrtc.datagrams import MediaSocket, OnMedia, Poller, bind
from actors.call.webrtc.gathering import chosen_addresses, gather
from actors.errors import MediaError

LOOPBACK = "127.0.0.1"

FAREWELL_SECONDS = 1.0
"""How long a TURN server may take to hear that its relay is not needed any more."""

log = structlog.get_logger("callboard.call")


class IceConnection(Connection):
    """An ICE connection that offers what `IceSettings` says and hands media on at once.

    aioice puts every datagram on a queue, from which a task takes it: one task switch a packet.
    SRTP and SRTCP go to `on_media` in the datagram's own callback instead; DTLS keeps the queue.
    """

    def __init__(
        self,
        reach: IceSettings,
        *,
        on_media: OnMedia,
        on_heard: Callable[[], None],
        local_username: str | None = None,
        local_password: str | None = None,
        poller: Poller | None = None,
    ) -> None:
        super().__init__(
            ice_controlling=False,
            local_username=local_username,
            local_password=local_password,
            transport_policy=TransportPolicy.RELAY if reach.relay_only else TransportPolicy.ALL,
        )
        self._reach = reach
        self._on_media = on_media
        self._on_heard = on_heard
        self._poller = poller
        self._is_polled = False
        self._sockets: list[MediaSocket] = []

    async def get_component_candidates(
        self, component: int, addresses: list[str], timeout: int = 5
    ) -> list[Candidate]:
        """Gather; see the base class.

        Raises:
            MediaError: nothing was found although only one way was left; the text says why.
        """
        reach = self._reach
        chosen = chosen_addresses(addresses, reach.interfaces)
        if reach.loopback and not reach.relay_only:
            chosen.append(LOOPBACK)
        open_host = self._open_host if self._poller is not None else None
        found = await gather(reach, chosen, lambda: StunProtocol(self), open_host)
        self._protocols += found.protocols
        if not found.candidates and (reach.relay_only or found.troubles):
            why = "; ".join(found.troubles) or "no TURN server is known (--ice-server turn:...)"
            raise MediaError(f"this machine can offer no address: {why}")
        for trouble in found.troubles:
            log.warning("call.server_failed", why=trouble)
        return found.candidates

    def poll(self, polled: bool) -> None:
        """Read our sockets at every tick, or as soon as something comes."""
        self._is_polled = polled
        for each in self._sockets:
            each.poll(polled)

    async def _open_host(self, address: str, port: int) -> StunProtocol:
        assert self._poller is not None
        protocol, sock = StunProtocol(self), bind(address, port)
        opened = MediaSocket(sock, protocol, on_media=self._on_media, poller=self._poller)
        opened.poll(self._is_polled)
        self._sockets.append(opened)
        return protocol

    async def close(self) -> None:
        """Close; see the base class. A TURN server that is gone holds it up for 1 s at most."""
        relays = [each for each in self._protocols if each.local_candidate.type == "relay"]
        closing = asyncio.ensure_future(super().close())
        if relays:
            await asyncio.wait([closing], timeout=FAREWELL_SECONDS)
            for relay in relays:
                farewell = vars(relay.transport).get("_TurnTransport__close_task")
                if farewell is not None:
                    farewell.cancel()
        await closing

    def data_received(self, data: bytes, component: int) -> None:
        """Take a datagram that is not STUN. RFC 7983: 128 to 191 is RTP or RTCP."""
        if data and 127 < data[0] < 192:
            self._on_media(data, None, None)
        else:
            super().data_received(data, component)

    def request_received(
        self, message: Message, addr: tuple[str, int], protocol: StunProtocol
    ) -> None:
        """Take a connectivity check: a sign of life, even of somebody who sends no media."""
        self._on_heard()
        super().request_received(message, addr, protocol)
