"""An inlet that keeps its sources apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeVar

from runtime.hand import Hand
from runtime.inlet import Inlet
from runtime.link import Link
from runtime.link_statistics import LinkStatistics
from runtime.options import InletOptions
from runtime.ports import InPort, ManyInPort

if TYPE_CHECKING:
    from runtime.actor import Actor

T = TypeVar("T")


class ManyInlet(ManyInPort[T]):
    """A mapping of source (`path.port`) to the inlet that receives from it alone."""

    __slots__ = ("_hand", "_sources")

    def __init__(self, actor: Actor, name: str, options: InletOptions, hand: Hand) -> None:
        super().__init__(actor, name, options)
        self._sources: dict[str, Inlet[T]] = {}
        self._hand = hand

    def connect(self, link: Link[T]) -> None:
        """Receive from this link too."""
        inlet = Inlet[T](self.actor, self.name, self.options, self._hand)
        inlet.connect(link)
        source, number = link.source, 1
        while source in self._sources:
            number += 1
            source = f"{link.source}{number}"
        self._sources[source] = inlet

    @property
    def links(self) -> list[Link[T]]:
        """All links that lead here."""
        return [link for inlet in self._sources.values() for link in inlet.links]

    @property
    def wired(self) -> bool:
        """Whether a link leads here."""
        return bool(self._sources)

    def done(self) -> None:
        """Forget what a next life would see again."""
        for inlet in self._sources.values():
            inlet.done()

    def statistics(self) -> tuple[LinkStatistics, ...]:
        """One picture for each link that leads here."""
        return tuple(link.statistics() for link in self.links)

    def __getitem__(self, source: str) -> InPort[T]:
        return self._sources[source]

    def __iter__(self) -> Iterator[str]:
        return iter(self._sources)

    def __len__(self) -> int:
        return len(self._sources)

    def __bool__(self) -> bool:
        return True
