"""Plain data that goes in and out, and classes that a user gets but does not construct."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn, TypeAlias, TypeVar, cast

from callboard.daily.errors import BadValueError

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Object: TypeAlias = dict[str, Json]
Given: TypeAlias = Mapping[str, object]
"""A mapping that a user gave: read by the functions of `settings`, which say what is wrong."""

Check: TypeAlias = Callable[[object, str], object]
"""Raises `BadValueError` for a value that cannot be, naming the place where it stands."""


def plain(value: object, where: str) -> Json:
    """A deep copy as plain JSON. Raises `BadValueError` for what JSON cannot hold."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        fields: Object = {}
        for key, item in cast("Mapping[object, object]", value).items():
            if not isinstance(key, str):
                raise BadValueError(f"{where} has the key {key!r}; keys are texts.")
            fields[key] = plain(item, f"{where}.{key}")
        return fields
    if isinstance(value, list | tuple):
        items = cast("Sequence[object]", value)
        return [plain(item, f"{where}[{at}]") for at, item in enumerate(items)]
    raise BadValueError(f"{where} is of type {type(value).__name__}, which JSON cannot hold.")


def fields_of(value: object, where: str, known: Sequence[str] | None = None) -> Object:
    """A mapping as a dict. Raises `BadValueError` for anything else and for unknown keys."""
    if not isinstance(value, Mapping):
        raise BadValueError(f"{where} is {_shown(value)}; it must be a dict.")
    fields = cast("Object", plain(cast("Mapping[object, object]", value), where))
    unknown = [key for key in fields if known is not None and key not in known]
    if unknown:
        raise BadValueError(
            f"{where} has the unknown key {unknown[0]!r}; known are {', '.join(known or ())}."
        )
    return fields


def checked_fields(value: object, where: str, checks: Mapping[str, Check]) -> Object:
    """Return a mapping with these keys as a dict, each checked where it is not None."""
    fields = fields_of(value, where, tuple(checks))
    for key, check in checks.items():
        if fields.get(key) is not None:
            check(fields[key], f"{where}.{key}")
    return fields


def anything(value: object, where: str) -> None:
    """Take any JSON."""


def flag(value: object, where: str) -> bool:
    """True or False."""
    if not isinstance(value, bool):
        raise BadValueError(f"{where} is {_shown(value)}; it must be True or False.")
    return value


def choice(value: object, where: str, choices: Sequence[str]) -> str:
    if not isinstance(value, str) or value not in choices:
        raise BadValueError(f"{where} is {_shown(value)}; it must be one of {', '.join(choices)}.")
    return value


def number(value: object, where: str, least: float = 0) -> int | float:
    """A number of `least` or more."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= least:
        raise BadValueError(f"{where} is {_shown(value)}; it must be a number from {least}.")
    return value


def texts(value: object, where: str) -> list[str]:
    if isinstance(value, str) or not isinstance(value, Sequence | set | frozenset):
        raise BadValueError(f"{where} is {_shown(value)}; it must be a list of texts.")
    items = list(cast("Sequence[object]", value))
    for item in items:
        if not isinstance(item, str):
            raise BadValueError(f"{where} holds {_shown(item)}; it must hold texts only.")
    return cast("list[str]", items)


def object_in(fields: Object, key: str) -> Object:
    """The dict under a key, made there where it is missing."""
    inner = fields.get(key)
    if not isinstance(inner, dict):
        inner = fields[key] = {}
    return inner


def _shown(value: object) -> str:
    if value is None or isinstance(value, bool | int | float):
        return repr(value)
    if isinstance(value, str):
        return repr(value if len(value) <= 40 else value[:37] + "...")
    return f"a {type(value).__name__}"


T = TypeVar("T")


def made_by(maker: str) -> Callable[[type[T]], type[T]]:
    """Refuse construction (but by `made`) and subclasses."""

    def decorate(cls: type[T]) -> type[T]:
        def refuse(_: type[T], *args: object, **kwargs: object) -> NoReturn:
            raise TypeError(f"{cls.__name__} is not constructed: {maker} makes it.")

        cls.__new__ = refuse  # pyright: ignore[reportAttributeAccessIssue]  (the class has none)
        return final(cls)

    return decorate


def made(cls: type[T], **fields: object) -> T:
    """Construct an object of a class that `made_by` guards, `rate=` as its `_rate`."""
    it = object.__new__(cls)
    for name, value in fields.items():
        setattr(it, f"_{name}", value)
    return it


def final(cls: type[T]) -> type[T]:
    def refuse(_: type[T], **kwargs: object) -> NoReturn:
        raise TypeError(f"daily.{cls.__name__} is not an acceptable base type.")

    cls.__init_subclass__ = classmethod(refuse)  # pyright: ignore[reportAttributeAccessIssue]
    return cls
