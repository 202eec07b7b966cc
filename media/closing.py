"""Closing at the end of a `with` block."""

from __future__ import annotations

from typing import Self


class Closing:
    """Something with a `close`, which `with` calls."""

    def close(self) -> None:
        """Give back what is held; harmless when repeated."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
