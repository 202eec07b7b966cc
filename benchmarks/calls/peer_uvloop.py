"""Callboard as in `peer_callboard`, its engine on uvloop's event loop."""

from __future__ import annotations

import trio
import uvloop

from benchmarks.calls.peer_callboard import echoing, main

if __name__ == "__main__":
    trio.run(main, echoing, uvloop.new_event_loop)
