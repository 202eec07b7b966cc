"""The secret that signs meeting tokens, from the environment."""

from __future__ import annotations

import os

VARIABLE = "CALLBOARD_SECRET"


def configured_secret() -> str | None:
    """The secret in CALLBOARD_SECRET, or None where it is unset or empty."""
    return os.environ.get(VARIABLE) or None
