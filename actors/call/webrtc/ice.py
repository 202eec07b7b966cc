"""ICE as a call needs it: which addresses are offered, and media handed on without a queue."""

from collections.abc import Callable

import attrs
from aioice import Connection, TransportPolicy
from aioice.candidate import Candidate
from aioice.ice import StunProtocol
from aioice.stun import Message

LOOPBACK = "127.0.0.1"


@attrs.frozen
class Reach:
    """How other people's machines may reach this one.

    Attributes:
        loopback: also offer 127.0.0.1, which aioice never does; without it a page and an agent
            on one machine need a network to meet.
    """

    loopback: bool = False


class IceConnection(Connection):
    """An ICE connection that offers what `Reach` says and hands media on at once.

    aioice puts every datagram on a queue, from which a task takes it: one task switch a packet.
    SRTP and SRTCP go to `on_media` in the datagram's own callback instead; DTLS keeps the queue.
    """

    def __init__(
        self,
        reach: Reach,
        *,
        on_media: Callable[[bytes], None],
        on_heard: Callable[[], None],
        local_username: str | None = None,
        local_password: str | None = None,
    ) -> None:
        super().__init__(
            ice_controlling=False,
            local_username=local_username,
            local_password=local_password,
            transport_policy=TransportPolicy.ALL,
        )
        self._reach = reach
        self._on_media = on_media
        self._on_heard = on_heard

    async def get_component_candidates(
        self, component: int, addresses: list[str], timeout: int = 5
    ) -> list[Candidate]:
        """Gather; see the base class."""
        if self._reach.loopback:
            addresses = [*addresses, LOOPBACK]
        return await super().get_component_candidates(component, addresses, timeout)

    def data_received(self, data: bytes, component: int) -> None:
        """Take a datagram that is not STUN. RFC 7983: 128 to 191 is RTP or RTCP."""
        if data and 127 < data[0] < 192:
            self._on_media(data)
        else:
            super().data_received(data, component)

    def request_received(
        self, message: Message, addr: tuple[str, int], protocol: StunProtocol
    ) -> None:
        """Take a connectivity check: a sign of life, even of somebody who sends no media."""
        self._on_heard()
        super().request_received(message, addr, protocol)
