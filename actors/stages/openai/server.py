"""Which server, and how to reach it."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import attrs

from actors.stages.errors import EngineMissingError

if TYPE_CHECKING:
    from openai import AsyncOpenAI


@attrs.frozen
class OpenAIServer:
    """A server that speaks OpenAI's API: theirs, or one of yours.

    `async with server.kept() as server:` keeps one connection pool open, in an agent file's
    `service()` say; without it each request opens a connection of its own.

    Attributes:
        base_url: such as "http://127.0.0.1:8080/v1"; None: OpenAI's own, or `OPENAI_BASE_URL`.
        api_key: None: from `OPENAI_API_KEY`.
        timeout: seconds that a request may wait for the next byte.
    """

    base_url: str | None = None
    api_key: str | None = attrs.field(default=None, repr=False)
    timeout: float = 10.0
    _client: AsyncOpenAI | None = attrs.field(default=None, repr=False, eq=False)

    @asynccontextmanager
    async def client(self) -> AsyncGenerator[AsyncOpenAI]:
        """The SDK's client. It never retries: the stages do, within the turn's time."""
        if self._client is not None:
            yield self._client
            return
        async with _new_client(self) as client:
            yield client

    @asynccontextmanager
    async def kept(self) -> AsyncGenerator[OpenAIServer]:
        """The same server with one pool of connections for the length of the block."""
        async with _new_client(self) as client:
            yield OpenAIServer(self.base_url, self.api_key, self.timeout, client)


def load_sdk() -> None:
    """Import the SDK. Blocks for a second. Raises `EngineMissingError` where it is missing."""
    if importlib.util.find_spec("openai") is None:
        raise EngineMissingError("This engine needs its SDK: pip install 'callboard[openai]'.")
    importlib.import_module("openai")


def _new_client(server: OpenAIServer) -> AsyncOpenAI:
    load_sdk()
    from openai import AsyncOpenAI  # noqa: PLC0415  (an extra, and slow to import)

    return AsyncOpenAI(
        base_url=server.base_url, api_key=server.api_key, timeout=server.timeout, max_retries=0
    )
