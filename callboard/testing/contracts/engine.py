"""What the three contracts have in common: how an engine is run."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Generic, Protocol, TypeVar, runtime_checkable

import trio

from actors.stages.protocols import InThread
from callboard.testing.determinism import run_virtual
from callboard.testing.jobs import Jobs

_T = TypeVar("_T")
_Y = TypeVar("_Y")


@runtime_checkable
class Engine(Protocol):
    """What every engine has."""

    @property
    def language(self) -> str:
        """BCP-47."""
        ...

    async def warm(self, in_thread: InThread) -> None:
        """Load what the first use would wait for. Idempotent."""
        ...


_EngineT = TypeVar("_EngineT", bound=Engine)


class EngineContract(Generic[_EngineT]):
    """Tests that hold for any engine."""

    def make(self) -> _EngineT:
        """A new engine, ready for use."""
        raise NotImplementedError("a contract's subclass says by make() which engine it is about")

    def run(self, use: Callable[[_EngineT, InThread], Awaitable[_T]]) -> _T:
        """Call `use(engine, in_thread)` in virtual time and give its result."""

        async def main() -> _T:
            jobs = Jobs()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(jobs.serve)
                result = await use(self.make(), jobs.run)
                nursery.cancel_scope.cancel()
            return result

        return run_virtual(main)

    def test_its_language_is_a_tag(self) -> None:
        """As in BCP 47: letters, digits and hyphens."""

        async def use(engine: _EngineT, _in_thread: InThread) -> str:
            return engine.language

        language = self.run(use)
        parts = language.split("-")
        assert parts[0].isalpha(), f"{language!r} does not begin with a language"
        assert all(part.isascii() and part.isalnum() and len(part) <= 8 for part in parts)

    def test_warming_twice_is_as_good_as_once(self) -> None:
        """A stage warms its engine in every life."""

        async def use(engine: _EngineT, in_thread: InThread) -> None:
            await engine.warm(in_thread)
            await engine.warm(in_thread)

        self.run(use)


async def collect(generator: AsyncGenerator[_Y, None]) -> list[_Y]:
    """Everything that an engine gives, closed as a stage closes it."""
    async with aclosing(generator) as items:
        return [item async for item in items]
