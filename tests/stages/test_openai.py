"""Engines behind OpenAI's API, against a server of ours over real HTTP."""

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Literal, TypeVar

import numpy as np
import pytest
import structlog.testing
import trio
from numpy.typing import NDArray
from openai_server import OpenAIFake, calls, says

from actors.errors import EngineFailedError
from actors.stages.messages import Item, Snapshot
from actors.stages.openai import OpenAIEar, OpenAIMind, OpenAIVoice, tool
from actors.stages.openai.server import OpenAIServer
from actors.stages.protocols import Ear, InThread, Mind, Voice
from callboard.testing.contracts import EarContract, MindContract, VoiceContract
from callboard.testing.synthetic import synthesize

pytest.importorskip("openai", reason="the extra 'openai' is not installed")
# The SDK and its HTTP client leave sockets to the garbage collector when a request is cancelled.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")

E = TypeVar("E")
T = TypeVar("T")


class OverHttp:
    """Runs an engine in real time with a server of ours beside it."""

    def fake(self) -> OpenAIFake:
        return OpenAIFake(says("Hello ", "there."))

    def at(self, url: str) -> object:
        raise NotImplementedError

    def make(self) -> object:
        return self.at("http://127.0.0.1:1/v1")

    def run(self, use: Callable[[object, InThread], Awaitable[T]]) -> T:
        async def main() -> T:
            async with self.fake().open() as url:
                with trio.fail_after(20):
                    return await use(self.at(url), trio.to_thread.run_sync)

        return trio.run(main)


def server(url: str) -> OpenAIServer:
    return OpenAIServer(url, "a key")


class TestMind(OverHttp, MindContract):
    def at(self, url: str) -> Mind:
        return OpenAIMind("model", server=server(url))


class TestVoice(OverHttp, VoiceContract):
    def at(self, url: str) -> Voice:
        return OpenAIVoice(server=server(url))


class TestEar(OverHttp, EarContract):
    words = "hello there"

    def at(self, url: str) -> Ear:
        return OpenAIEar(server=server(url))

    def test_silence_is_no_words(self) -> None:
        """The server decides."""

    def speech(self) -> NDArray[np.int16]:
        return synthesize("hi")


def ask(fake: OpenAIFake, *items: Item, **options: object) -> list[str]:
    """The pieces of the reply to a conversation."""

    async def main() -> list[str]:
        async with fake.open() as url:
            mind = OpenAIMind("model", server=server(url), **options)
            asked = Snapshot(items or (Item("user", "Hello.", 1),), 1)
            async with aclosing(mind.reply(asked, trio.to_thread.run_sync)) as pieces:
                return [piece async for piece in pieces]

    return trio.run(main)


def test_pieces_are_given_as_they_are_streamed() -> None:
    fake = OpenAIFake(says("Hel", "lo.", ""))
    assert ask(fake) == ["Hel", "lo."]
    assert fake.keys == ["Bearer a key"]


def test_the_model_is_told_what_was_heard() -> None:
    fake = OpenAIFake(says("Yes."))
    ask(
        fake,
        Item("user", "Hello.", 1),
        Item("agent", "Well, the", 1, cut=True),
        Item("user", "Go on.", 2),
        instructions="Be brief.",
    )
    assert fake.chats[0]["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hello."},
        {"role": "assistant", "content": "Well, the …"},
        {"role": "user", "content": "Go on."},
    ]
    assert "tools" not in fake.chats[0]


async def weather(city: str, unit: Literal["C", "F"] = "C") -> str:
    """What the weather is like in a city."""
    await trio.lowlevel.checkpoint()
    return f"18 {unit} in {city}"


def broken(city: str) -> str:
    """Always fails."""
    raise KeyError(f"secret of {city}")


def with_tool(name: str, arguments: str) -> tuple[OpenAIFake, list[str]]:
    def answer(asked: dict) -> list:
        if asked["messages"][-1]["role"] == "tool":
            return [{"content": "Done."}]
        return [{"content": "Let me see."}, *calls(name, arguments)]

    fake = OpenAIFake(answer)
    return fake, ask(fake, tools=[tool(weather), tool(broken)])


def test_a_tool_is_called_and_its_result_given_to_the_model() -> None:
    fake, pieces = with_tool("weather", '{"city": "Oslo"}')
    assert "".join(pieces) == "Let me see. Done."
    called, result = fake.chats[1]["messages"][-2:]
    assert called["tool_calls"][0]["function"] == {
        "name": "weather",
        "arguments": '{"city": "Oslo"}',
    }
    assert result == {"role": "tool", "tool_call_id": "call-1", "content": "18 C in Oslo"}


def test_what_a_model_is_told_of_a_tool() -> None:
    assert tool(weather).schema == {
        "type": "function",
        "function": {
            "name": "weather",
            "description": "What the weather is like in a city.",
            "parameters": {
                "type": "object",
                "properties": {
                    "city": {"type": "string"},
                    "unit": {"type": "string", "enum": ["C", "F"]},
                },
                "required": ["city"],
                "additionalProperties": False,
            },
        },
    }


@pytest.mark.parametrize(
    ("name", "arguments", "answered"),
    [
        ("wether", "{}", "There is no tool 'wether'; there are: weather, broken."),
        ("weather", "{", "The arguments of weather are no valid JSON; send an object."),
        ("weather", "[1]", "The arguments of weather must be a JSON object."),
        ("weather", "{}", "weather takes city, unit; city is missing."),
        (
            "weather",
            '{"town": "Oslo"}',
            "weather takes city, unit; city is missing; it does not know town.",
        ),
        (
            "broken",
            '{"city": "Oslo"}',
            "The tool broken failed. Do without it, or tell the person that it did not work.",
        ),
    ],
)
def test_whatever_goes_wrong_with_a_tool_is_answered(
    name: str, arguments: str, answered: str
) -> None:
    with structlog.testing.capture_logs() as logs:
        fake, pieces = with_tool(name, arguments)
    assert "".join(pieces) == "Let me see. Done."
    assert fake.chats[1]["messages"][-1]["content"] == answered
    assert "secret" not in str(fake.chats) + str(logs)
    assert [log["error"] for log in logs] == (["KeyError"] if name == "broken" else [])


def test_a_model_that_only_calls_tools_has_failed() -> None:
    fake = OpenAIFake(lambda asked: calls("weather", '{"city": "Oslo"}'))
    with pytest.raises(EngineFailedError, match="called tools 6 times"):
        ask(fake, tools=[tool(weather)])


def test_a_parameter_that_no_schema_describes_is_refused() -> None:
    def strange(thing: bytes) -> None:
        """Take bytes."""

    with pytest.raises(TypeError, match="not <class 'bytes'>"):
        tool(strange)


def test_a_server_that_refuses_is_an_error_at_once() -> None:
    import openai

    fake = OpenAIFake(says("Hello."), failures=1)
    with pytest.raises(openai.InternalServerError):
        ask(fake)
    assert fake.chats == []


def test_an_interruption_hangs_up() -> None:
    fake = OpenAIFake(lambda asked: [{"content": "One. "}, *[0.02, {"content": "More. "}] * 400])

    async def main() -> list[str]:
        said: list[str] = []
        async with fake.open() as url:
            mind = OpenAIMind("model", server=server(url))
            with trio.CancelScope() as turn:
                asked = Snapshot((Item("user", "Hello.", 1),), 1)
                async with aclosing(mind.reply(asked, trio.to_thread.run_sync)) as pieces:
                    async for piece in pieces:
                        said.append(piece)
                        turn.cancel()
                        await trio.lowlevel.checkpoint()
            with trio.fail_after(5):
                while not fake.hung_up:  # noqa: ASYNC110 (the server notices when it sends)
                    await trio.sleep(0.01)
        return said

    assert trio.run(main) == ["One. "]


def test_one_pool_of_connections_serves_many_requests() -> None:
    fake = OpenAIFake(says("Hello."))

    async def main() -> None:
        async with fake.open() as url, server(url).kept() as kept:
            mind = OpenAIMind("model", server=kept)
            for _ in range(3):
                asked = Snapshot((Item("user", "Hello.", 1),), 1)
                async with aclosing(mind.reply(asked, trio.to_thread.run_sync)) as pieces:
                    assert [piece async for piece in pieces] == ["Hello."]

    trio.run(main)
    assert (len(fake.chats), fake.connections) == (3, 1)


def test_a_turn_is_sent_as_a_wav_file() -> None:
    from actors.stages.protocols import Utterance
    from media import AudioFrame

    fake = OpenAIFake(says())

    async def main() -> str:
        utterance = Utterance(1)
        utterance.append(AudioFrame(np.full((1600, 1), 7, np.int16), 16000))
        utterance.end()
        async with fake.open() as url:
            ear = OpenAIEar("whisper", server=server(url), language="en-GB")
            async with aclosing(ear.hear(utterance, trio.to_thread.run_sync)) as readings:
                return [heard.text async for heard in readings][-1]

    assert trio.run(main) == "hello there"
    [upload] = fake.uploads
    assert b"RIFF" in upload
    assert np.full(1600, 7, "<i2").tobytes() in upload
    assert b'name="language"\r\n\r\nen\r\n' in upload


def test_a_key_is_never_shown() -> None:
    assert "secret" not in repr(OpenAIMind("model", server=OpenAIServer(None, "secret")))
