"""A hotel's desk: it looks things up and books them by tools, and hands over to the restaurant.

Say "is breakfast included", "book a table for two". What a language model would decide is decided
by patterns here, so it needs no account. With one, the same tools are given to a model:

    callboard talk concierge.py --arg model=NAME --arg server=http://127.0.0.1:8080/v1
"""

import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Literal

import attrs
import trio

from callboard import (
    Call,
    Graph,
    InThread,
    Mind,
    OpenAIMind,
    OpenAIServer,
    Snapshot,
    dialogue,
    tool,
)

NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}


@attrs.define
class Hotel:
    """What all calls share: the book, and how many tables are left."""

    tables: int = 2
    booked: list[str] = attrs.field(factory=list[str])

    async def look_up(self, topic: Literal["breakfast", "pool", "key"]) -> str:
        """Look up what guests ask about, and give the answer to be read to them."""
        await trio.sleep(0.3)  # as a database would
        known = {
            "breakfast": "Breakfast is included, from seven to ten.",
            "pool": "The pool is on the roof, and open until nine.",
            "key": "Your key is at the desk.",
        }
        return known[topic]

    async def book_table(self, guests: int) -> str:
        """Book a table for this evening, where one is left, and say how it went."""
        await trio.sleep(0.3)
        if not self.tables:
            return "I am sorry, every table is taken tonight."
        self.tables -= 1
        self.booked.append(f"table for {guests}")
        return f"A table for {guests} is booked."


def topic(word: str) -> Literal["breakfast", "pool", "key"]:
    """One of the words that the pattern lets through."""
    return "breakfast" if word == "breakfast" else "pool" if word == "pool" else "key"


ToolOfPattern = Callable[[re.Match[str]], Awaitable[str]]


@attrs.frozen
class Desk:
    """Who is speaking: a greeting, and the tools at hand, each with what calls for it."""

    greeting: str
    tools: dict[str, ToolOfPattern]


@attrs.define
class Concierge:
    """A mind that asks a desk's tools, and knows when another desk has to take over."""

    hotel: Hotel
    language: str = "en"
    desks: dict[str, Desk] = attrs.field(init=False)
    desk: str = "reception"

    def __attrs_post_init__(self) -> None:
        hotel = self.hotel
        self.desks = {
            "reception": Desk(
                "Reception.",
                {r"\b(breakfast|pool|key)\b": lambda found: hotel.look_up(topic(found[1]))},
            ),
            "restaurant": Desk(
                "This is the restaurant.",
                {
                    r"\bfor (one|two|three|four|five|six)\b": (
                        lambda found: hotel.book_table(NUMBERS[found[1]])
                    )
                },
            ),
        }

    async def warm(self, in_thread: InThread) -> None:
        """Nothing to load."""

    async def reply(self, conversation: Snapshot, in_thread: InThread) -> AsyncGenerator[str, None]:
        said = conversation.items[-1].text.casefold()
        wanted = self.who_should_answer(said)
        if wanted != self.desk:
            yield f"One moment, I hand you over to the {wanted}. "
            self.desk = wanted
            yield f"{self.desks[wanted].greeting} "
        for pattern, ask in self.desks[self.desk].tools.items():
            if found := re.search(pattern, said):
                yield await ask(found)
                return
        yield "For how many?" if self.desk == "restaurant" else "How can I help you?"

    def who_should_answer(self, said: str) -> str:
        """The hand-over."""
        if re.search(r"\b(table|dinner|restaurant)\b", said):
            return "restaurant"
        if re.search(r"\b(breakfast|pool|key|reception)\b", said):
            return "reception"
        return self.desk


def mind_of(call: Call, hotel: Hotel) -> Mind:
    """Patterns, or the model that was asked for."""
    if "model" not in call.args:
        return Concierge(hotel)
    return OpenAIMind(
        call.args["model"],
        instructions="You are a hotel's concierge. You are heard, not read: answer in a sentence.",
        tools=[tool(hotel.look_up), tool(hotel.book_table)],
        server=OpenAIServer(call.args.get("server")),
    )


@asynccontextmanager
async def service() -> AsyncGenerator[Hotel]:
    yield Hotel()


def agent(call: Call, hotel: Hotel) -> Graph:
    return dialogue(call, mind=mind_of(call, hotel))
