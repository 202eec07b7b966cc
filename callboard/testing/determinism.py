"""Running Trio in virtual time, in the same order on every run.

Trio shuffles the tasks that are ready at one moment. Two private names of its run loop make the
shuffle repeatable (Trio sets them itself under Hypothesis); `test_determinism.py` holds that they
are there and do this.
"""

import importlib
import random
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import TypeVar, TypeVarTuple

import trio

from callboard.testing.clock import VirtualClock

_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")

_run_loop = importlib.import_module("trio._core._run")
_DETERMINISTIC = "_ALLOW_DETERMINISTIC_SCHEDULING"
_SHUFFLER = "_r"


@contextmanager
def deterministic(seed: int) -> Generator[None]:
    """Inside the block, Trio's run queue and the `random` module start from `seed`.

    Both are put back at the end. One run at a time: these are globals of the process.
    """
    shuffler: random.Random = getattr(_run_loop, _SHUFFLER)
    was_deterministic: bool = getattr(_run_loop, _DETERMINISTIC)
    shuffler_state, module_state = shuffler.getstate(), random.getstate()
    setattr(_run_loop, _DETERMINISTIC, True)
    shuffler.seed(seed)
    random.seed(seed)
    try:
        yield
    finally:
        setattr(_run_loop, _DETERMINISTIC, was_deterministic)
        shuffler.setstate(shuffler_state)
        random.setstate(module_state)


def run_virtual(function: Callable[[*_Ts], Awaitable[_T]], *args: *_Ts, seed: int = 0) -> _T:
    """`trio.run` with a clock that starts at 0 and jumps whenever every task is blocked.

    Raises:
        RuntimeError: Trio already runs in this thread.
    """
    if trio.lowlevel.in_trio_run():
        raise RuntimeError(
            "virtual time runs Trio itself, and Trio already runs here; "
            "write the test as a plain `def`, without `async`"
        )
    with deterministic(seed):
        return trio.run(function, *args, clock=VirtualClock())
