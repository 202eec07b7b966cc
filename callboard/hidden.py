"""A sentence for a user's module that has the name of one of our packages.

Imported before all else: a hidden package cannot tell so itself.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

PACKAGES = ("actors", "media", "runtime", "callboard")
_HOME = Path(__file__).resolve().parents[1]


def check_our_packages() -> None:
    """Exits with a sentence where somebody's module stands before one of our packages."""
    for name in PACKAGES:
        spec = importlib.util.find_spec(name)
        found = Path(spec.origin).resolve() if spec and spec.origin else None
        if found is not None and found != _HOME / name / "__init__.py":
            sys.stderr.write(f"callboard: {hides(found, _HOME / name)}\n")
            raise SystemExit(1)


def namesake_beside(agent: Path) -> str | None:
    """A sentence about a module beside an agent file that has the name of one of our packages."""
    folder = agent.resolve().parent
    if folder == _HOME:
        return None
    for name in PACKAGES:
        for theirs in (folder / f"{name}.py", folder / name / "__init__.py"):
            if theirs.exists():
                return hidden_by_ours(theirs, name)
    return None


def hides(theirs: Path, ours: Path) -> str:
    """Theirs is found first."""
    return (
        f"your {theirs} hides Callboard's own package {ours.name} ({ours}); rename yours, "
        f"for example to my_{ours.name}{theirs.suffix}."
    )


def hidden_by_ours(theirs: Path, name: str) -> str:
    """Ours is found first."""
    shown = theirs.parent if theirs.name == "__init__.py" else theirs
    return (
        f"your {shown} is hidden by Callboard's own package {name} ({_HOME / name}), so the agent "
        f"beside it cannot import it; rename yours, for example to my_{shown.name}."
    )
