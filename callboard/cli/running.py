"""Running a command on Trio: Ctrl-C asks for an ordered stop, a second one cancels."""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable

import trio

from runtime.threads import slots

INTERRUPTED = 130
STUCK = 70
PATIENCE = 1.5
"""Seconds that an ordered stop may take before everything is cancelled."""
STUCK_AFTER = 5.0
THREADS_END = 0.4
"""Seconds in which a model that computes has mostly come to its end."""
THREADS_END_AFTER_A_FAILURE = 10.0
"""Seconds where the process has yet to say why it failed, and so cannot end without them."""

Work = Callable[[trio.Event], Awaitable[int]]


def run(work: Work) -> int:
    """Runs `work(stop)` and returns its exit code, or 130 after Ctrl-C.

    `work` ends soon after `stop` is set. Where it does not, it is cancelled after 1.5 s, or by a
    second Ctrl-C. What ignores cancellation too is shown each second, and ends the process with
    code 70.
    """
    threads_ended = threading.Event()
    code = trio.run(
        _supervised, work, threads_ended, restrict_keyboard_interrupt_to_checkpoints=True
    )
    if not threads_ended.is_set():
        # A thread that comes back from native code while the interpreter shuts down is unwound
        # through frames that forbid it, and the process aborts.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return code


async def _supervised(work: Work, threads_ended: threading.Event) -> int:
    stop = trio.Event()
    finished = threading.Event()
    code, patience = INTERRUPTED, THREADS_END
    try:
        with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_listen, signals, stop, finished, nursery.cancel_scope)
                code = await work(stop)
                nursery.cancel_scope.cancel()
    except Exception:
        patience = THREADS_END_AFTER_A_FAILURE
        raise
    finally:
        if await _threads_end(patience):
            threads_ended.set()
        finished.set()
    return INTERRUPTED if stop.is_set() else code


async def _threads_end(patience: float) -> bool:
    """Wait a moment for the jobs that were abandoned; True when none goes on."""
    with trio.CancelScope(shield=True), trio.move_on_after(patience):
        for limiter in slots().values():
            # Every slot is free again when one could have all of them.
            for _ in range(int(limiter.total_tokens)):
                await limiter.acquire_on_behalf_of(object())
        return True
    return False


async def _listen(
    signals: AsyncIterator[int],
    stop: trio.Event,
    finished: threading.Event,
    scope: trio.CancelScope,
) -> None:
    await anext(signals)
    stop.set()
    threading.Thread(target=_watch, args=(finished,), daemon=True).start()
    with trio.move_on_after(PATIENCE):
        await anext(signals)
    scope.cancel()


def _watch(finished: threading.Event) -> None:
    """Names what keeps the process from ending, then ends it."""
    if finished.wait(PATIENCE + 0.5):
        return
    for _ in range(int(STUCK_AFTER - PATIENCE)):
        sys.stderr.write(f"callboard: still stopping; this does not let go:\n{_stack()}")
        if finished.wait(1.0):
            return
    sys.stderr.write("callboard: giving up; something ignored its cancellation.\n")
    sys.stderr.flush()
    os._exit(STUCK)


def _stack() -> str:
    main = threading.main_thread().ident
    frame = sys._current_frames().get(main) if main is not None else None  # pyright: ignore[reportPrivateUsage]
    return "".join(traceback.format_stack(frame)[-6:]) if frame else ""
