"""Where a user's functions run: on threads of their own, never on the one that paces audio."""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Callable
from typing import Final

import outcome
import trio

Call = Callable[[], object]

MOST_THREADS: Final = 64


class CallbackThreads:
    """Runs each call on a free thread, so that a slow one does not hold up the next.

    Calls begin in order. With 64 running, the next one waits until one of them returns. Threads
    are Trio's, kept for ten idle seconds, and daemons: a callback that never returns does not keep
    the process from ending.
    """

    def __init__(self) -> None:
        self._lock = threading.Condition()
        self._waiting: deque[Call] = deque()
        self._running = 0
        self._own = threading.local()

    def call(self, call: Call) -> None:
        """Run `call` soon. Any thread."""
        with self._lock:
            if self._running >= MOST_THREADS:
                self._waiting.append(call)
                return
            self._running += 1
        self._start(call)

    @property
    def is_current(self) -> bool:
        """Whether the current thread runs a user's callback."""
        return getattr(self._own, "active", False)

    def wait_idle(self, seconds: float) -> bool:
        """Wait until every call but the caller's own has returned; False when some have not."""
        own = 1 if self.is_current else 0
        with self._lock:
            return self._lock.wait_for(lambda: self._running <= own, seconds)

    def _start(self, call: Call) -> None:
        try:
            trio.lowlevel.start_thread_soon(lambda: self._work(call), _nothing, "daily-callback")
        except RuntimeError:  # the interpreter ends and starts no more threads
            with self._lock:
                self._running -= 1
                self._lock.notify_all()

    def _work(self, call: Call | None) -> None:
        self._own.active = True
        try:
            while call is not None:
                run_guarded(call)
                call = self._next()
        finally:
            self._own.active = False

    def _next(self) -> Call | None:
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            self._running -= 1
            self._lock.notify_all()
            return None


class CallbackQueue:
    """Runs calls one after the other, in order, on one of the threads."""

    def __init__(self, threads: CallbackThreads) -> None:
        self._threads = threads
        self._lock = threading.Lock()
        self._calls: deque[Call] = deque()
        self._busy = False

    def call(self, call: Call) -> None:
        """Run `call` after those that came before. Any thread."""
        with self._lock:
            self._calls.append(call)
            if self._busy:
                return
            self._busy = True
        self._threads.call(self._drain)

    def __len__(self) -> int:
        return len(self._calls)

    def _drain(self) -> None:
        while True:
            with self._lock:
                if not self._calls:
                    self._busy = False
                    return
                call = self._calls.popleft()
            run_guarded(call)


def run_guarded(call: Call) -> None:
    """Run a user's function; what it raises is shown as an exception of its thread."""
    try:
        call()
    except BaseException:  # nobody stands above a callback: even SystemExit ends here
        kind, error, trace = sys.exc_info()
        threading.excepthook(
            threading.ExceptHookArgs((kind, error, trace, threading.current_thread()))
        )


def _nothing(result: outcome.Outcome[object]) -> None:
    """Nobody waits for the end of a thread's work."""
