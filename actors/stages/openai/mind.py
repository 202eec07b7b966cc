"""A mind behind OpenAI's chat completions, with tools."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any, Final, cast

import attrs

from actors.errors import EngineFailedError
from actors.stages.messages import Item, Snapshot
from actors.stages.openai.server import OpenAIServer, load_sdk
from actors.stages.openai.tools import Tool, answer
from actors.stages.protocols import InThread

_MOST_ROUNDS: Final = 6
"""Times that a model may call tools for one reply."""

Message = dict[str, Any]
"""As the SDK takes it: its own types are unions of dictionaries."""


@attrs.define
class _Call:
    """A tool call, as its pieces arrive."""

    id: str = ""
    name: str = ""
    arguments: str = ""


@attrs.frozen
class OpenAIMind:
    """Answers by a language model: `Thinking(OpenAIMind("gpt-4o-mini", instructions="..."))`.

    The reply is streamed, so the first clause is spoken while the rest is being written; an
    interruption closes the connection. The model is told what was heard: a reply that was cut ends
    where the person stopped hearing it.

    Attributes:
        model: the model's name.
        instructions: who it is and how it speaks; the first message.
        tools: functions that it may call, made by `tool`.
        server: where; OpenAI's own by default.
        language: BCP-47 tag of its replies.
    """

    model: str
    instructions: str = "You are talking with a person. Answer in one or two short sentences."
    tools: Sequence[Tool] = ()
    server: OpenAIServer = attrs.field(factory=OpenAIServer)
    language: str = "en"

    async def warm(self, in_thread: InThread) -> None:
        """Import the SDK, which takes a second."""
        await in_thread(load_sdk)

    async def reply(self, conversation: Snapshot, in_thread: InThread) -> AsyncGenerator[str, None]:
        """Stream the reply; call tools between."""
        messages = [{"role": "system", "content": self.instructions}] if self.instructions else []
        messages += [_message(item) for item in conversation.items]
        for _ in range(_MOST_ROUNDS):
            calls: list[_Call] = []
            said = ""
            async with aclosing(self._stream(messages, calls)) as pieces:
                async for piece in pieces:
                    said += piece
                    yield piece
            if not calls:
                return
            messages.append(_called(said, calls))
            for call in calls:
                result = await answer(self.tools, call.name, call.arguments)
                messages.append({"role": "tool", "tool_call_id": call.id, "content": result})
            if said and not said[-1].isspace():
                yield " "
        raise EngineFailedError(
            f"{self.model} called tools {_MOST_ROUNDS} times without an answer."
        )

    async def _stream(
        self, messages: list[Message], calls: list[_Call]
    ) -> AsyncGenerator[str, None]:
        options: dict[str, Any] = {"tools": [each.schema for each in self.tools]}
        async with self.server.client() as client:
            stream = await client.chat.completions.create(
                model=self.model,
                messages=cast("Any", messages),
                stream=True,
                **(options if self.tools else {}),
            )
            async with stream:
                async for chunk in stream:
                    if not chunk.choices:
                        continue
                    delta = chunk.choices[0].delta
                    for part in delta.tool_calls or ():
                        while len(calls) <= part.index:
                            calls.append(_Call())
                        call = calls[part.index]
                        call.id = part.id or call.id
                        if part.function is not None:
                            call.name += part.function.name or ""
                            call.arguments += part.function.arguments or ""
                    if delta.content:
                        yield delta.content


def _message(item: Item) -> Message:
    if item.role == "user":
        return {"role": "user", "content": item.text}
    # The model must not think that the person heard it out.
    return {"role": "assistant", "content": f"{item.text} …" if item.cut else item.text}


def _called(said: str, calls: list[_Call]) -> Message:
    return {
        "role": "assistant",
        "content": said or None,
        "tool_calls": [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in calls
        ],
    }
