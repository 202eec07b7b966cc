"""What is wrong with a message, as the protocol says it."""

from __future__ import annotations


class ProtocolError(ValueError):
    """A message that breaks the protocol, or a request that the room refuses.

    `code` is one of the table in docs/protocol.md, the text a sentence for people; after a fatal
    one the socket is closed.
    """

    def __init__(self, code: str, message: str, *, fatal: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.fatal = fatal
