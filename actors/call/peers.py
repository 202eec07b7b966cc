"""Everybody's media: a peer for each of the others, each in a task of its own."""

from collections.abc import Iterator, Mapping

import trio

from actors.call.peer import Peer
from actors.call.port import PortStatistics


class Peers:
    """The connections with the others, by participant. Iterating gives each `Peer`."""

    def __init__(self) -> None:
        self._peers: dict[str, tuple[Peer, trio.CancelScope]] = {}

    def open(self, peer: Peer, nursery: trio.Nursery) -> None:
        """Keep media with a participant going until `close`."""
        scope = trio.CancelScope()
        self._peers[peer.participant] = (peer, scope)
        nursery.start_soon(_keep, peer, scope)

    def close(self, participant: str) -> None:
        """End media with a participant."""
        _, scope = self._peers.pop(participant)
        scope.cancel()

    def __iter__(self) -> Iterator[Peer]:
        return iter([peer for peer, _ in self._peers.values()])

    def __contains__(self, participant: str) -> bool:
        return participant in self._peers

    def __getitem__(self, participant: str) -> Peer:
        return self._peers[participant][0]

    @property
    def connected(self) -> bool:
        """Whether media can flow with anybody."""
        return any(peer.is_connected for peer in self)

    def statistics(self) -> Mapping[str, PortStatistics]:
        """What was carried to and from each participant, by id."""
        return {peer.participant: peer.statistics() for peer in self}


async def _keep(peer: Peer, scope: trio.CancelScope) -> None:
    with scope:
        await peer.run()
