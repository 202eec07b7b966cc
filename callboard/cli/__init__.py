"""The command line. `main` is the console script; one file a command."""

from __future__ import annotations

from callboard.hidden import check_our_packages


def main() -> None:
    """Runs `callboard` with the arguments of this process, and exits."""
    check_our_packages()
    try:
        from callboard.cli.program import run_program  # noqa: PLC0415  (hidden packages are told first)

        code = run_program()
    except KeyboardInterrupt:  # while the command's own packages were still being imported
        code = 130
    raise SystemExit(code)
