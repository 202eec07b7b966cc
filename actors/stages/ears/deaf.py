"""What serves where no speech recognition is installed: people type."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import attrs

from actors.stages.protocols import Heard, InThread
from actors.stages.utterance import Utterance


@attrs.frozen
class DeafEar:
    """Understands nothing: every utterance ends with no words."""

    language: str = "und"

    async def warm(self, in_thread: InThread) -> None:
        """Nothing to load."""

    async def hear(self, utterance: Utterance, in_thread: InThread) -> AsyncGenerator[Heard, None]:
        """Wait for the end and give no words."""
        async for _ in utterance:
            pass
        yield Heard("", final=True)
