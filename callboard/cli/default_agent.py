"""Where the agent of `talk` is when nobody names one: `examples/agents/assistant.py`.

The wheel carries that very file (pyproject.toml, `force-include`); in a checkout it lies where
its readers look for it.
"""

from __future__ import annotations

from pathlib import Path

IN_WHEEL = Path(__file__).resolve().parent / "agents" / "assistant.py"
IN_CHECKOUT = Path(__file__).resolve().parents[2] / "examples" / "agents" / "assistant.py"


def default_agent() -> Path:
    """The default agent's file."""
    return IN_WHEEL if IN_WHEEL.exists() else IN_CHECKOUT
