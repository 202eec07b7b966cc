"""An agent for Callboard: `callboard talk my_agent.py` opens a room in which it answers."""

from collections.abc import AsyncGenerator

import attrs

from callboard import Call, Graph, InThread, Snapshot, dialogue


@attrs.frozen
class MyAgent:
    """What the agent answers. Exchange it for yours: rules, a database, a language model."""

    language: str = "en"

    async def warm(self, in_thread: InThread) -> None:
        """Load or connect what the first answer would wait for."""

    async def reply(self, conversation: Snapshot, in_thread: InThread) -> AsyncGenerator[str, None]:
        """Give the answer in pieces of any size; each sentence is spoken as soon as it is whole."""
        said = conversation.items[-1].text
        yield f"You said: {said}"


def agent(call: Call) -> Graph:
    """Answer by the mind above, with the stock ears and voice."""
    return dialogue(call, mind=MyAgent())
