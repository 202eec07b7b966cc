"""What an actor's class says of its ports."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import attrs

from runtime.kinds import Kind
from runtime.overflow import Overflow
from runtime.replay import Replay

FormatOf: TypeAlias = "object | tuple[object, ...] | Callable[[Any], object] | None"
"""A format, several of which any will do, or a function of the actor that returns either.

The function's argument is the actor itself, of the class that declares the port; no type can say
that here.
"""


@attrs.frozen
class InletOptions:
    """What a class says of an inlet; a wire may say otherwise for its link."""

    optional: bool = False
    capacity: int | None = None
    overflow: Overflow | None = None
    max_age: float | None = None
    replay: Replay | None = None
    format: FormatOf = None
    kind: Kind | None = None
    missed: str | None = None
    """What a graph that speaks lacks while nothing is wired here."""


@attrs.frozen
class OutletOptions:
    """What a class says of an outlet.

    `spoken`: True where speech begins, False where it ends (reports of what was played, say),
    None where it passes through.
    """

    spoken: bool | None = None
    capacity: int | None = None
    overflow: Overflow | None = None
    format: FormatOf = None
    kind: Kind | None = None
