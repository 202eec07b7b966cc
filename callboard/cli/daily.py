"""`callboard daily`: a script that was written for Daily's API, on this machine's own room."""

from __future__ import annotations

import runpy
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import click

from callboard.cli.options import DEFAULT_PORT, CommandError, common


def path_script(path: Path, arguments: Sequence[str]) -> Callable[[], None]:
    """A file. Raises `CommandError` where there is none."""
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise CommandError(f"{path} {what}; name a Python script.")

    def run() -> None:
        sys.argv = [str(path), *arguments]
        # The folder of the script comes first, as it does for `python SCRIPT.py`.
        sys.path.insert(0, str(path.resolve().parent))
        runpy.run_path(str(path), run_name="__main__")

    return run


def module_script(module: str, arguments: Sequence[str]) -> Callable[[], None]:
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

    return run


@click.command(
    "daily", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False}
)
@click.option("-m", "module", metavar="MODULE", help="Run a module instead of a file.")
@click.option(
    "--room",
    metavar="URL",
    help="The server, or the meeting, to join instead of a room of this process "
    "(default: CALLBOARD_ROOM_URL).",
)
@click.option("--strict", is_flag=True, help="The original's behaviour where ours is kinder.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=DEFAULT_PORT,
    show_default=True,
    help="Port of the room of this process; any free one where it is taken.",
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="SCRIPT.py [ARGS]...")
@common
def command(
    module: str | None, room: str | None, strict: bool, port: int, arguments: tuple[str, ...]
) -> int:
    """Run SCRIPT.py unchanged: `import daily` finds Callboard.

    A https://NAME.daily.co/ROOM that the script joins is a room of this process; the link for
    people to join it is printed on standard error. The script's own output, input and arguments
    are its own.
    """
    from callboard.daily import install  # noqa: PLC0415  (the media parts load on use)

    if module is not None:
        script = module_script(module, arguments)
    elif arguments:
        script = path_script(Path(arguments[0]), arguments[1:])
    else:
        raise CommandError("name a script: callboard daily SCRIPT.py, or -m MODULE.", code=2)
    try:
        install(room=room, strict=strict, port=port)
    except RuntimeError as error:
        raise CommandError(str(error)) from error
    return _run(script)


def _run(script: Callable[[], None]) -> int:
    try:
        script()
    except SystemExit as leaving:
        return _exit_code(leaving)
    except KeyboardInterrupt:
        return 130
    except BaseException as error:
        # The traceback as Python prints it, without the lines that are ours.
        _drop_own_lines(error)
        traceback.print_exception(error)
        return 1
    return 0


def _exit_code(leaving: SystemExit) -> int:
    if leaving.code is None:
        return 0
    if isinstance(leaving.code, int):
        return leaving.code
    sys.stderr.write(f"{leaving.code}\n")
    return 1


def _drop_own_lines(error: BaseException) -> None:
    trace = error.__traceback__
    while trace is not None and _is_ours(trace.tb_frame.f_code.co_filename):
        trace = trace.tb_next
    if trace is not None:
        error.__traceback__ = trace


def _is_ours(filename: str) -> bool:
    return filename == __file__ or "runpy" in filename or filename.endswith("cli/daily.py")
