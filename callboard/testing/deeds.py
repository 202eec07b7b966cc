"""What may befall an agent in a lab."""

import attrs


@attrs.frozen
class Kill:
    """An actor, or all actors of a group, crash at second `at`."""

    path: str
    at: float


@attrs.frozen
class Interrupt:
    """All turns that were given out by second `at` end then."""

    at: float


Deed = Kill | Interrupt
