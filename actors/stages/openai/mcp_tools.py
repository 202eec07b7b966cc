"""Tools of servers that speak the Model Context Protocol. Needs the extra `mcp`."""

from __future__ import annotations

import importlib.util
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

from actors.errors import EngineMissingError
from actors.stages.openai.tools import Tool

if TYPE_CHECKING:
    from mcp import ClientSession

Json = dict[str, Any]


@asynccontextmanager
async def open_mcp_tools(
    command: str, *args: str, env: Mapping[str, str] | None = None
) -> AsyncGenerator[tuple[Tool, ...]]:
    """Start a server as a program, and give its tools for the length of the block.

        async with open_mcp_tools("my-mcp-server", "--read-only") as tools:
            mind = OpenAIMind("a-model", tools=tools)

    Best in an agent file's `service()`: one server for all calls of the process. Leaving the block
    ends the program.

    Args:
        command: the program; it speaks over its standard streams.
        args: its arguments.
        env: its environment; None: a small safe part of ours.

    Raises:
        EngineMissingError: the SDK is not installed.
        OSError: there is no such program.
    """
    if importlib.util.find_spec("mcp") is None:
        raise EngineMissingError("MCP tools need the SDK: pip install 'callboard[mcp]'.")
    from mcp import ClientSession, StdioServerParameters  # noqa: PLC0415  (an extra)
    from mcp.client.stdio import stdio_client  # noqa: PLC0415

    server = StdioServerParameters(
        command=command, args=list(args), env=dict(env) if env is not None else None
    )
    async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
        await session.initialize()
        listed = await session.list_tools()
        yield tuple(_tool(session, _plain(each)) for each in listed.tools)


def _tool(session: ClientSession, described: Json) -> Tool:
    name = str(described["name"])

    async def call(**arguments: object) -> str:
        result = _plain(await session.call_tool(name, arguments))
        # What the server says of an error is meant for the model.
        parts = cast("list[Json]", result.get("content") or [])
        return "\n".join(str(part["text"]) for part in parts if part.get("type") == "text")

    schema = cast("Json", described.get("inputSchema") or {"type": "object", "properties": {}})
    return Tool(name, str(described.get("description") or name), schema, call)


def _plain(model: object) -> Json:
    """A message of the SDK as JSON, whose names did not change between its versions."""
    dump = cast("Any", model).model_dump
    return cast("Json", dump(by_alias=True, mode="json"))
