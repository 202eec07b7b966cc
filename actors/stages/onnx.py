"""Models on onnxruntime: one thread each, which never spins."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, cast

from numpy.typing import NDArray

Tensor = NDArray[Any]


class _Named(Protocol):
    @property
    def name(self) -> str: ...


class Session(Protocol):
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


def open_session(path: Path) -> Session:
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
        "Session",
        onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"]),
    )
