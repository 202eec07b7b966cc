"""Loads models once a process, and runs them on onnxruntime, one thread each."""

from __future__ import annotations

import atexit
import functools
import importlib
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, ParamSpec, Protocol, TypeVar, cast

from numpy.typing import NDArray

from actors.errors import EngineFailedError

Tensor = NDArray[Any]


class _Named(Protocol):
    @property
    def name(self) -> str: ...


class InferenceSession(Protocol):
    """The part of `onnxruntime.InferenceSession` that is used here; it has no stubs.

    `run` may be called by several threads at once.
    """

    def get_inputs(self) -> Sequence[_Named]: ...

    def get_outputs(self) -> Sequence[_Named]: ...

    def run(self, output_names: None, input_feed: Mapping[str, Tensor]) -> list[Tensor]: ...


def open_session(path: Path) -> InferenceSession:
    """Load a model. Blocks; the first call imports onnxruntime (70 MB)."""
    onnxruntime = importlib.import_module("onnxruntime")
    # Its notes about the machine do not belong on standard error.
    onnxruntime.set_default_logger_severity(3)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # A spinning thread takes the core that the call's clock needs.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return cast(
        "InferenceSession",
        onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"]),
    )


T = TypeVar("T")
P = ParamSpec("P")


class _Computing:
    """Counts the calls that load or run a model; the process ends when none does.

    A thread of Trio's does not hold up the end of the interpreter. One that comes back from native
    code after that is unwound through frames of C++ that forbid it, and the process aborts.
    """

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Start anew: a forked child has none of its parent's threads to wait for."""
        self._changed = threading.Condition()
        self._calls = 0
        self._ending = False

    def begin(self) -> None:
        with self._changed:
            if self._ending:
                raise EngineFailedError("The process ends: no model is loaded or run any more.")
            self._calls += 1

    def end(self) -> None:
        with self._changed:
            self._calls -= 1
            self._changed.notify_all()

    def finish(self) -> None:
        with self._changed:
            self._ending = True
            self._changed.wait_for(lambda: self._calls == 0)


_computing = _Computing()
atexit.register(_computing.finish)
if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_computing.forget)


def finished_before_exit(function: Callable[P, T]) -> Callable[P, T]:
    """Make the end of the process wait for calls of a function that loads or runs a model."""

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        _computing.begin()
        try:
            return function(*args, **kwargs)
        finally:
            _computing.end()

    return call


class LoadedOnce(Generic[T]):
    """Calls `load` at the first `get`, from whatever thread; the others wait for its result.

    A `load` that raises is tried again at the next `get`.
    """

    def __init__(self, load: Callable[[], T]) -> None:
        self._load = load
        self._lock = threading.Lock()
        self._loaded: list[T] = []

    def get(self) -> T:
        """Return what was loaded. Blocks while it loads: call it in a thread."""
        with self._lock:
            if not self._loaded:
                self._loaded.append(self._load())
            return self._loaded[0]

    @property
    def ready(self) -> bool:
        """True when `get` will not load."""
        return bool(self._loaded)
