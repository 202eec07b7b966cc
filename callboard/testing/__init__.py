"""Tests of agents: whole calls in virtual time, and everything else that they need.

The fixtures `call_lab`, `harness`, `on_network` and `timeline_snapshot` come with the package:
pytest finds them by itself. The names here load when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from callboard.testing.chaos import Interrupt as Interrupt
    from callboard.testing.chaos import Kill as Kill
    from callboard.testing.contracts import EarContract as EarContract
    from callboard.testing.contracts import MindContract as MindContract
    from callboard.testing.contracts import VoiceContract as VoiceContract
    from callboard.testing.errors import AgentFailedError as AgentFailedError
    from callboard.testing.errors import LabError as LabError
    from callboard.testing.errors import LabWarning as LabWarning
    from callboard.testing.errors import NotScriptedError as NotScriptedError
    from callboard.testing.harness import Harness as Harness
    from callboard.testing.harness import Probe as Probe
    from callboard.testing.harness import Seen as Seen
    from callboard.testing.lab import CallLab as CallLab
    from callboard.testing.memory_room import MemoryRoom as MemoryRoom
    from callboard.testing.network import Network as Network
    from callboard.testing.person import Person as Person
    from callboard.testing.plugin import MakeHarness as MakeHarness
    from callboard.testing.plugin import MakeLab as MakeLab
    from callboard.testing.plugin import RunOnNetwork as RunOnNetwork
    from callboard.testing.plugin import Snapshot as Snapshot
    from callboard.testing.timeline import Timeline as Timeline
    from callboard.testing.virtual_engine import VirtualEngine as VirtualEngine
    from callboard.testing.virtual_engine import run_on_network as run_on_network

_NAMES_OF = {
    "chaos": ("Interrupt", "Kill"),
    "contracts": ("EarContract", "MindContract", "VoiceContract"),
    "errors": ("AgentFailedError", "LabError", "LabWarning", "NotScriptedError"),
    "harness": ("Harness", "Probe", "Seen"),
    "lab": ("CallLab",),
    "memory_room": ("MemoryRoom",),
    "network": ("Network",),
    "person": ("Person",),
    "plugin": ("MakeHarness", "MakeLab", "RunOnNetwork", "Snapshot"),
    "timeline": ("Timeline",),
    "virtual_engine": ("VirtualEngine", "run_on_network"),
}
_HOME_OF = {name: module for module, names in _NAMES_OF.items() for name in names}

# The table is the list: written a third time it could only be wrong.
__all__ = [*_HOME_OF]  # noqa: PLE0604  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> object:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'callboard.testing' has no attribute {name!r}")
    value: object = getattr(importlib.import_module(f"callboard.testing.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
