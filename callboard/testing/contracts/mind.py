"""The contract of minds."""

from contextlib import aclosing

import trio

from actors.stages.messages import Item, Snapshot
from actors.stages.protocols import InThread, Mind
from callboard.testing.contracts.engine import EngineContract, collect


class MindContract(EngineContract[Mind]):
    """What `Thinking` relies on, whatever the mind answers."""

    question: str = "Hello."

    def ask(self, *items: Item) -> str:
        """The whole reply to a conversation."""

        async def use(mind: Mind, in_thread: InThread) -> str:
            return "".join(await collect(mind.reply(Snapshot(items, turn=1), in_thread)))

        return self.run(use)

    def test_it_answers(self) -> None:
        """Something, in bounded time: silence without an event is a bug."""
        assert self.ask(Item("user", self.question, 1)).strip()

    def test_it_answers_in_mid_conversation_and_after_a_cut_reply(self) -> None:
        """The history holds what was heard, so an agent's last item may end anywhere."""
        reply = self.ask(
            Item("user", self.question, 1),
            Item("agent", "Well, the", 1, cut=True),
            Item("user", self.question, 2),
        )
        assert reply.strip()

    def test_every_piece_is_text(self) -> None:
        """Pieces are joined as they are: an empty one says nothing and is not given."""

        async def use(mind: Mind, in_thread: InThread) -> list[str]:
            asked = Snapshot((Item("user", self.question, 1),), turn=1)
            return await collect(mind.reply(asked, in_thread))

        assert all(self.run(use))

    def test_barge_in_ends_it_at_once(self) -> None:
        """The turn's scope is cancelled after the first piece; nothing more may come."""

        async def use(mind: Mind, in_thread: InThread) -> int:
            asked = Snapshot((Item("user", self.question, 1),), turn=1)
            pieces = 0
            with trio.CancelScope() as turn:
                async with aclosing(mind.reply(asked, in_thread)) as reply:
                    async for _ in reply:
                        pieces += 1
                        turn.cancel()
                        await trio.lowlevel.checkpoint()
            return pieces

        assert self.run(use) == 1

    def test_it_serves_two_conversations_at_once(self) -> None:
        """One engine serves many calls."""

        async def use(mind: Mind, in_thread: InThread) -> list[str]:
            replies: list[str] = []

            async def one() -> None:
                asked = Snapshot((Item("user", self.question, 1),), turn=1)
                replies.append("".join(await collect(mind.reply(asked, in_thread))))

            async with trio.open_nursery() as nursery:
                nursery.start_soon(one)
                nursery.start_soon(one)
            return replies

        assert all(reply.strip() for reply in self.run(use))
