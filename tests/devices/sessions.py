"""Sessions in one room: real calls, real rooms, the fake engine, virtual time."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import numpy as np
import trio
from fake_engine import Arrival, FakeEngine, open_fake_engine

from actors.session import Session, open_call
from callboard.testing.clock import run_virtual
from callboard.testing.memory_room import MemoryRoom


class Lobby:
    """A room and an engine."""

    def __init__(self, engine: FakeEngine) -> None:
        self.engine = engine
        self.room = MemoryRoom()

    def join(self, name: str, **options: Any) -> AbstractAsyncContextManager[Session]:
        return open_call(
            "http://127.0.0.1:1/lobby",
            name=name,
            engine=self.engine,
            signalling=self.room.channel,
            **options,
        )


def in_lobby(
    body: Callable[[Lobby], Awaitable[None]], arrival: Arrival = lambda sent: sent
) -> None:
    async def main() -> None:
        async with open_fake_engine(arrival=arrival) as engine:
            await body(Lobby(engine))

    run_virtual(main)


async def connected(*sessions: Session) -> None:
    """Wait until everybody has media with everybody."""
    with trio.fail_after(5):
        for session in sessions:
            events = session.events()
            while len(session.connected) < len(sessions) - 1:
                await anext(events)


def tone(hertz: float, seconds: float, rate: int = 16_000, level: int = 8000) -> np.ndarray:
    times = np.arange(round(rate * seconds)) / rate
    return (level * np.sin(2 * math.pi * hertz * times)).astype(np.int16)


def loudness(pcm: bytes, hertz: float, rate: int = 16_000) -> float:
    """The amplitude of one frequency in 16-bit mono PCM."""
    samples = np.frombuffer(pcm, np.int16).astype(np.float64)
    turns = np.exp(-2j * math.pi * hertz * np.arange(len(samples)) / rate)
    return 2 * abs(np.dot(samples, turns)) / len(samples)
