"""Loads models once a process, and runs them on onnxruntime, one thread each."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar, cast

from numpy.typing import NDArray

Tensor = NDArray[Any]


class _Named(Protocol):
    @property
    def name(self) -> str: ...


class InferenceSession(Protocol):
    """The part of `onnxruntime.InferenceSession` that is used here; it has no stubs.

    `run` may be called by several threads at once.
    """

    def get_inputs(self) -> Sequence[_Named]:
        """Describe what `run` takes."""
        ...

    def get_outputs(self) -> Sequence[_Named]:
        """Describe what `run` gives, in order."""
        ...

    def run(self, output_names: None, input_feed: Mapping[str, Tensor]) -> list[Tensor]:
        """Compute all outputs. Blocks."""
        ...


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
