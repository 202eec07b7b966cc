"""Checks that what an outlet gives fits the inlet: types, formats, and their converters.

A type checker refuses a wrong wire before the program runs; for those who use none it is said when
the graph is built. Where a type is not known at run time (a type variable, a protocol, a name that
exists for type checkers only) nothing is said.
"""

from __future__ import annotations

import sys
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal, TypeVar, Union, cast

from runtime.actor import Actor, actor_of
from runtime.ports import InPort, OutPort, Port, Wire
from runtime.stage import Stage

UNKNOWN = Any
_PROMOTED = {(int, float), (int, complex), (float, complex)}
"""Pairs that type checkers accept although neither class is a base of the other (PEP 484)."""


def unfit(wires: Iterable[Wire]) -> Iterator[tuple[Wire, str]]:
    """Give each wire whose items its inlet does not take, with a sentence."""
    for w in wires:
        sent, taken = item_type(w.source), item_type(w.target)
        if not fits(sent, taken):
            yield (
                w,
                f"{w.source} sends {_shown(sent)}, and {w.target} takes {_shown(taken)}; put a "
                "stage between them that makes the one of the other, or wire another port.",
            )


def item_type(port: InPort[Any] | OutPort[Any]) -> object:
    """Return the type of a port's items as its actor declares it; `Any` where it is not known."""
    actor: object = port.actor
    if isinstance(actor, Stage):
        return cast("Stage[object, object]", actor).item_types.get(port.name, UNKNOWN)
    return _declared(port)


def _declared(port: Port) -> object:
    for owner in type(port.actor).__mro__:
        if port.name in vars(owner):
            alias = getattr(vars(owner)[port.name], "__orig_class__", None)
            parameters = typing.get_args(alias)
            return _resolved(parameters[0], owner) if parameters else UNKNOWN
    return UNKNOWN


def _resolved(item: object, owner: type) -> object:
    if isinstance(item, typing.ForwardRef):
        item = item.__forward_arg__
    if not isinstance(item, str):
        return item
    try:
        return eval(item, vars(sys.modules[owner.__module__]), dict(vars(owner)))
    except Exception:  # a name that exists for type checkers only
        return UNKNOWN


def fits(sent: object, taken: object) -> bool:
    """Tell whether items of one type may go where another is taken; True where it is not known."""
    sent, taken = _plain(sent), _plain(taken)
    if sent is taken or _vague(sent) or _vague(taken) or object in (sent, taken):
        return True
    if _is_union(sent):
        return all(fits(member, taken) for member in typing.get_args(sent))
    if _is_union(taken):
        return any(fits(sent, member) for member in typing.get_args(taken))
    if typing.get_origin(sent) is Literal:
        if typing.get_origin(taken) is Literal:
            return _values(sent) <= _values(taken)
        return all(fits(kind, taken) for kind, _ in _values(sent))
    return _class_fits(sent, taken)


def _class_fits(sent: object, taken: object) -> bool:
    if isinstance(sent, typing.NewType):
        return fits(sent.__supertype__, taken)
    have, want = typing.get_origin(sent) or sent, typing.get_origin(taken) or taken
    if not isinstance(have, type) or not isinstance(want, type):
        return sent == taken or not isinstance(have, type) or not _is_narrow(taken)
    if not _is_subclass(have, want):
        return False
    inner, outer = typing.get_args(sent), typing.get_args(taken)
    if have is not want or len(inner) != len(outer):
        return True
    # Variance is not known here, so either direction will do.
    return all(fits(a, b) or fits(b, a) for a, b in zip(inner, outer, strict=True))


def _is_subclass(have: type, want: type) -> bool:
    if getattr(want, "_is_protocol", False) or (have, want) in _PROMOTED:
        return True
    try:
        return issubclass(have, want)
    except TypeError:  # a typed dictionary, for one, is no class to ask about
        return True


def _plain(item: object) -> object:
    if item is None:
        return type(None)
    if typing.get_origin(item) is typing.Annotated:
        return _plain(typing.get_args(item)[0])
    return item


def _vague(item: object) -> bool:
    return item is UNKNOWN or item is ... or isinstance(item, (TypeVar, str, typing.ForwardRef))


def _is_union(item: object) -> bool:
    return typing.get_origin(item) in (Union, types.UnionType)


def _is_narrow(item: object) -> bool:
    """Tell whether a plain class is too wide for this: a literal or a new type."""
    return typing.get_origin(item) is Literal or isinstance(item, typing.NewType)


def _values(literal: object) -> set[tuple[type, object]]:
    return {(type(value), value) for value in typing.get_args(literal)}


def _shown(item: object) -> str:
    return item.__qualname__ if isinstance(item, type) else str(item).replace("typing.", "")


# Formats of ports, and what makes one of another.
#
# The runtime knows no media: a format is any value that can be compared and printed, such as
# `AudioFormat(16000, 1)`. Whoever owns a kind of format registers how to convert it.

F = TypeVar("F")

Convert = Callable[[F, F], "Sequence[Actor]"]
"""Gets what is offered and what is wanted; returns actors with the ports `inlet` and `outlet` that
stand between them in this order, or none when there is no way."""

_converters: dict[type, Convert[Any]] = {}


def register_converter(format: type[F], convert: Convert[F]) -> None:  # noqa: A002 (the word for it)
    """Have graphs insert what `convert` returns where formats of this type do not meet."""
    _converters[format] = convert


def offered(port: OutPort[object]) -> object:
    """The format that an outlet sends in; None when it does not say."""
    return _of(port.options.format, actor_of(port))


def wanted(port: InPort[object]) -> tuple[object, ...]:
    """The formats that an inlet takes, the one it likes best first; none when it does not say."""
    value = _of(port.options.format, actor_of(port))
    if value is None:
        return ()
    return cast("tuple[object, ...]", value) if isinstance(value, tuple) else (value,)


def conversion(have: object, want: object) -> Sequence[Actor]:
    """Actors that make the one format of the other; none when nobody knows how."""
    if type(have) is not type(want) or type(have) not in _converters:
        return ()
    return _converters[type(have)](have, want)


def _of(declared: object, actor: Actor) -> object:
    if callable(declared) and not isinstance(declared, type):
        return cast("Callable[[Actor], object]", declared)(actor)
    return declared
