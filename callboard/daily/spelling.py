"""Other spellings of a parameter: the original's stub and its runtime do not always agree."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")


def also_spelled(**names: str | None) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Take the keyword `other` for the parameter that `names[other]` names, or ignore it for None.

    The signature that is shown stays that of the function.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        plain = cast("Callable[..., R]", function)

        @functools.wraps(function)
        def spelled(*args: object, **given: object) -> R:
            # The common call has no such keyword: one test and no copy.
            if not names.keys().isdisjoint(given):
                for other in names.keys() & given.keys():
                    value, name = given.pop(other), names[other]
                    if name is not None:
                        if name in given:
                            raise TypeError(f"{other} and {name} are the same: give one of them.")
                        given[name] = value
            return plain(*args, **given)

        return cast("Callable[P, R]", spelled)

    return decorate
