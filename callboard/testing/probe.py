"""An actor that keeps what comes to it, to be looked at after a run."""

from typing import TypeVar

import attrs

from runtime import Actor, Context, In, Mark, Overflow

_T = TypeVar("_T")


@attrs.frozen
class Seen:
    """An item (or a mark) and the second at which it came."""

    at: float
    item: object


def _nothing() -> list[Seen]:
    return []


@attrs.frozen
class Probe(Actor):
    """Wire any outlet to its inlet: `hearing.words >> probe.inlet`. It disturbs nobody.

    Attributes:
        seen: everything that came, in order, marks included; one list for all lives.
    """

    inlet = In[object](capacity=1000, overflow=Overflow.DROP_NEWEST)

    seen: list[Seen] = attrs.field(factory=_nothing, init=False, repr=False)

    async def run(self, ctx: Context) -> None:
        """Keep what comes."""
        async for item in self.inlet.with_marks():
            self.seen.append(Seen(round(ctx.now(), 3), item))

    @property
    def items(self) -> list[object]:
        """The items alone."""
        return [each.item for each in self.seen if not isinstance(each.item, Mark)]

    def of(self, kind: type[_T]) -> list[_T]:
        """The items of one type."""
        return [item for item in self.items if isinstance(item, kind)]
