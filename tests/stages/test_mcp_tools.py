"""Tools of an MCP server, a program of ours, given to a model."""

import sys
from pathlib import Path

import pytest
import trio
from openai_server import OpenAIFake, calls
from test_openai import server

from actors.stages.messages import Item, Snapshot
from actors.stages.openai import OpenAIMind
from actors.stages.openai.mcp_tools import open_mcp_tools

pytest.importorskip("mcp", reason="the extra 'mcp' is not installed")
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")

PROGRAM = Path(__file__).with_name("mcp_server.py")


def with_tool(name: str, arguments: str) -> tuple[OpenAIFake, str]:
    def answer(asked: dict) -> list:
        if asked["messages"][-1]["role"] == "tool":
            return [{"content": "Done."}]
        return calls(name, arguments)

    fake = OpenAIFake(answer)

    async def main() -> str:
        with trio.fail_after(20):
            async with fake.open() as url, open_mcp_tools(sys.executable, str(PROGRAM)) as tools:
                mind = OpenAIMind("model", tools=tools, server=server(url))
                asked = Snapshot((Item("user", "Hello.", 1),), 1)
                reply = mind.reply(asked, trio.to_thread.run_sync)
                return "".join([piece async for piece in reply])

    return fake, trio.run(main)


def test_a_models_call_goes_to_the_server_and_its_answer_back() -> None:
    fake, said = with_tool("add", '{"a": 2, "b": 3}')
    assert said == "Done."
    assert [each["function"]["name"] for each in fake.chats[0]["tools"]] == ["add", "fail"]
    assert fake.chats[0]["tools"][0]["function"]["description"] == "Add two numbers."
    assert fake.chats[1]["messages"][-1]["content"] == "5"


def test_an_error_of_the_servers_is_told_to_the_model() -> None:
    fake, said = with_tool("fail", "{}")
    assert said == "Done."
    assert fake.chats[1]["messages"][-1]["content"] == "not today"


def test_a_program_that_is_not_there_is_an_error_of_the_system() -> None:
    async def main() -> None:
        async with open_mcp_tools("no-such-program-anywhere"):
            pass

    with pytest.raises(BaseException) as raised:  # noqa: PT011 (alone, or in the SDK's group)
        trio.run(main)
    error = raised.value
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, OSError)
