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
            sys.stderr.write(
                f"callboard: your {found} hides Callboard's own package {name} ({_HOME / name}); "
                f"rename yours, for example to my_{name}{found.suffix}.\n"
            )
            raise SystemExit(1)


def namesake_beside(agent: Path) -> str | None:
    """A sentence about a module beside an agent file that has the name of one of our packages."""
    folder = agent.resolve().parent
    if folder == _HOME:
        return None
    for name in PACKAGES:
        module, package = folder / f"{name}.py", folder / name
        for theirs, file in ((module, module), (package, package / "__init__.py")):
            if file.exists():
                return (
                    f"your {theirs} is hidden by Callboard's own package {name} ({_HOME / name}), "
                    "so the agent beside it cannot import it; "
                    f"rename yours, for example to my_{theirs.name}."
                )
    return None
