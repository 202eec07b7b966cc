"""What a command says when it cannot go on."""

from __future__ import annotations


class CommandError(Exception):
    """A sentence for the person at the terminal, and the exit code that goes with it."""

    def __init__(self, message: str, *, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


class BadArgumentError(CommandError):
    """An argument that cannot be meant."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code=2)
