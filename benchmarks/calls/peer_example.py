"""Callboard runs the example agent `examples/agents/echo.py`, unchanged."""

from __future__ import annotations

import runpy

import trio

from benchmarks.calls.peer_callboard import main
from benchmarks.calls.processes import ROOT

if __name__ == "__main__":
    trio.run(main, runpy.run_path(str(ROOT / "examples" / "agents" / "echo.py"))["agent"])
