"""`In` and `Out`: ports as an actor's class declares them.

Both are descriptors that make the port at its first use and put it into the actor's own dictionary,
so later uses cost what an attribute costs.
"""

from __future__ import annotations

import warnings
from typing import Generic, Literal, Self, TypeVar, cast, overload

from runtime.kinds import FormatOf, InletOptions, Kind, OutletOptions, Overflow, SpeechRole
from runtime.marks import Replay
from runtime.ports import InPort, ManyInPort, Named, OutPort

T = TypeVar("T")


class In(Generic[T]):
    """Declares an inlet on an actor's class: `audio = In[AudioFrame]()`.

    `capacity`, `overflow`, `max_age` and `kind` hold for each link that leads here, where the wire
    does not say otherwise.

    Args:
        many: keep the sources apart: the inlet is a mapping of source to inlet.
        optional: it may stay without a wire.
        capacity: items that the link holds.
        overflow: what a full link does.
        max_age: seconds after which an item is no longer handed over.
        replay: which items the next life gets again.
        format: the format that it takes, a tuple of formats that it takes, or a function of the
            actor that returns either.
        kind: the kind of items, which says the rest where nothing else does.
        missed: what a graph that speaks lacks while this optional inlet has no wire, as the end
            of a sentence (`Graph.warnings`).
    """

    __slots__ = ("__orig_class__", "name", "options")  # the first is set by `typing`: In[T]
    name: str
    """The port's name: that of the class's attribute."""
    options: InletOptions
    """Everything that was declared."""

    @overload
    def __new__(
        cls,
        *,
        many: Literal[True],
        optional: bool = False,
        capacity: int | None = None,
        overflow: Overflow | None = None,
        max_age: float | None = None,
        replay: Replay | None = None,
        format: FormatOf = None,
        kind: Kind | None = None,
        missed: str | None = None,
    ) -> InMany[T]: ...
    @overload
    def __new__(
        cls,
        *,
        many: Literal[False] = False,
        optional: bool = False,
        capacity: int | None = None,
        overflow: Overflow | None = None,
        max_age: float | None = None,
        replay: Replay | None = None,
        format: FormatOf = None,
        kind: Kind | None = None,
        missed: str | None = None,
    ) -> In[T]: ...
    def __new__(
        cls,
        *,
        many: bool = False,
        optional: bool = False,
        capacity: int | None = None,
        overflow: Overflow | None = None,
        max_age: float | None = None,
        replay: Replay | None = None,
        format: FormatOf = None,  # noqa: A002 (the field's word for it)
        kind: Kind | None = None,
        missed: str | None = None,
    ) -> In[T]:
        # No __init__: a checker would believe it rather than this.
        made = cast("In[T]", object.__new__(InMany if many else cls))
        made.name = ""
        made.options = InletOptions(
            optional, capacity, overflow, max_age, replay, format, kind, missed
        )
        return made

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, actor: None, owner: type) -> Self: ...
    @overload
    def __get__(self, actor: Named, owner: type) -> InPort[T]: ...
    def __get__(self, actor: Named | None, owner: type) -> Self | InPort[T]:
        if actor is None:
            return self
        port = InPort[T](actor, self.name, self.options)
        vars(actor)[self.name] = port
        return port


class InMany(In[T]):
    """An inlet declared with `many=True`."""

    __slots__ = ()

    @overload
    def __get__(self, actor: None, owner: type) -> Self: ...
    @overload
    def __get__(self, actor: Named, owner: type) -> ManyInPort[T]: ...
    def __get__(self, actor: Named | None, owner: type) -> Self | ManyInPort[T]:
        if actor is None:
            return self
        port = ManyInPort[T](actor, self.name, self.options)
        vars(actor)[self.name] = port
        return port


class Out(Generic[T]):
    """Declares an outlet on an actor's class: `louder = Out[AudioFrame](speech=SpeechRole.BEGINS)`.

    Where the inlet at the other end says something else of the link, the inlet's word counts.

    Args:
        speech: where speech begins (interrupting a turn drops it from here on), passes or ends.
        capacity: items that the link holds.
        overflow: what a full link does.
        format: the format that it gives, or a function of the actor that returns it.
        kind: the kind of items, which says the rest where nothing else does.
    """

    __slots__ = ("__orig_class__", "name", "options")

    def __init__(
        self,
        *,
        speech: SpeechRole = SpeechRole.PASSES,
        capacity: int | None = None,
        overflow: Overflow | None = None,
        format: FormatOf = None,  # noqa: A002 (the field's word for it)
        kind: Kind | None = None,
        spoken: bool | None = None,
    ) -> None:
        if spoken is not None:  # as it was said before there was `Speech`
            speech = SpeechRole.BEGINS if spoken else SpeechRole.ENDS
            warnings.warn(f"spoken={spoken} is now said speech={speech}", DeprecationWarning, 2)
        self.name = ""
        """The port's name: that of the class's attribute."""
        self.options = OutletOptions(speech, capacity, overflow, format, kind)
        """Everything that was declared."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, actor: None, owner: type) -> Self: ...
    @overload
    def __get__(self, actor: Named, owner: type) -> OutPort[T]: ...
    def __get__(self, actor: Named | None, owner: type) -> Self | OutPort[T]:
        if actor is None:
            return self
        port = OutPort[T](actor, self.name, self.options)
        vars(actor)[self.name] = port
        return port
