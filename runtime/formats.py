"""Formats of ports, and what makes one of another.

The runtime knows no media: a format is any value that can be compared and printed, such as
`AudioFormat(16000, 1)`. Whoever owns a kind of format registers how to convert it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

from runtime.actor import Actor
from runtime.ports import InPort, OutPort

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
    return _of(port.options.format, port.actor)


def wanted(port: InPort[object]) -> tuple[object, ...]:
    """The formats that an inlet takes, the one it likes best first; none when it does not say."""
    value = _of(port.options.format, port.actor)
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
