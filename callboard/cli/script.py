"""Running somebody's script or module as `python` would."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import attrs

from callboard.cli.errors import CommandError


@attrs.frozen
class Script:
    """A program to run in this process, as its main module."""

    run: Callable[[], object]
    is_theirs: Callable[[str], bool]
    """Whether a file name in a traceback is no longer ours or runpy's."""


def path_script(path: Path, arguments: Sequence[str]) -> Script:
    """A file. Raises `CommandError` where there is none."""
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise CommandError(f"{path} {what}; name a Python script.")

    def run() -> None:
        sys.argv = [str(path), *arguments]
        # The folder of the script comes first, as it does for `python SCRIPT.py`.
        sys.path.insert(0, str(path.resolve().parent))
        runpy.run_path(str(path), run_name="__main__")

    return Script(run, _outside_runpy)


def module_script(module: str, arguments: Sequence[str]) -> Script:
    """A module of the path. Raises `CommandError` where there is none."""
    sys.path.insert(0, str(Path.cwd()))
    try:
        found = find_spec(module)
    except ModuleNotFoundError:
        found = None
    if found is None:
        raise CommandError(f"there is no module {module} to run.")

    def run() -> None:
        sys.argv = [module, *arguments]
        runpy.run_module(module, run_name="__main__", alter_sys=True)

    return Script(run, _outside_runpy)


def _outside_runpy(filename: str) -> bool:
    return (
        filename != __file__ and "runpy" not in filename and not filename.endswith("cli/daily.py")
    )
