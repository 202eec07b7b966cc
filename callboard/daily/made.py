"""Classes that a user gets from a method and does not construct or extend, as in the original."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn, TypeVar

T = TypeVar("T")


def made_by(maker: str) -> Callable[[type[T]], type[T]]:
    """Refuse construction (`object.__new__` still works for the maker) and subclasses."""

    def decorate(cls: type[T]) -> type[T]:
        def refuse(_: type[T], *args: object, **kwargs: object) -> NoReturn:
            raise TypeError(f"{cls.__name__} is not constructed: {maker} makes it.")

        cls.__new__ = refuse  # pyright: ignore[reportAttributeAccessIssue]  (the class has none)
        return final(cls)

    return decorate


def final(cls: type[T]) -> type[T]:
    """Refuse subclasses."""

    def refuse(_: type[T], **kwargs: object) -> NoReturn:
        raise TypeError(f"daily.{cls.__name__} is not an acceptable base type.")

    cls.__init_subclass__ = classmethod(refuse)  # pyright: ignore[reportAttributeAccessIssue]
    return cls
