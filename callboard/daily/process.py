"""The one context of this process.

The API that is served here is of the process: `Daily.init()` and the devices' names have no object
that could hold them. This module holds that one reference, and nothing else of the package does.
"""

from __future__ import annotations

import atexit
import os
import threading

from callboard.daily.context import Context
from callboard.daily.errors import AlreadyInitializedError, NotInitializedError
from callboard.daily.options import Options


class Process:
    """Makes the context when it is first needed, and ends it."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._context: Context | None = None
        self._initialized = False
        self.options: Options | None = None

    def init(self) -> Context:
        """Begin. A second call changes nothing; in strict mode it is an error."""
        with self._lock:
            options = self._chosen()
            if self._initialized and options.strict:
                raise AlreadyInitializedError("Daily.init() was called before; call it once.")
            self._initialized = True
            return self._started(options)

    def current(self) -> Context:
        """The context, begun now where there is none; in strict mode that is an error."""
        with self._lock:
            options = self._chosen()
            if not self._initialized and options.strict:
                raise NotInitializedError("call Daily.init() first (strict mode asks for it).")
            return self._started(options)

    def deinit(self) -> None:
        """End the context. Where there is none nothing happens."""
        with self._lock:
            context, self._context, self._initialized = self._context, None, False
        if context is not None:
            context.close()

    def after_fork(self) -> None:
        """In a child: what was made before belongs to the parent."""
        self._lock = threading.RLock()
        self._context, self._initialized = None, False

    def _chosen(self) -> Options:
        return self.options or Options.from_environment()

    def _started(self, options: Options) -> Context:
        if self._context is None or not self._context.is_alive:
            self._context = Context(options)
        return self._context


process = Process()

atexit.register(process.deinit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=process.after_fork)
