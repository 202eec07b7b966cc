"""A raw KeyboardInterrupt at any moment of a call leaves nothing behind."""

import random
import threading

import attrs
import pytest
import trio
from talking import assistant_wires, scripted

from callboard import Actor, Call, Context, Graph, Out
from callboard.testing import CallLab, Probe
from runtime.errors import holds


@attrs.frozen
class CtrlC(Actor):
    """Stands for the signal, which is raised in whatever runs at that moment."""

    at: float
    outlet = Out[int]()

    async def run(self, ctx: Context) -> None:
        await trio.sleep_until(self.at)
        raise KeyboardInterrupt


@pytest.mark.parametrize("piece", range(5))
def test_a_raw_keyboard_interrupt_at_any_moment_leaves_nothing_behind(piece: int) -> None:
    rng = random.Random(piece)
    for _ in range(8):
        moment = rng.uniform(0.0, 6.0)

        def agent(call: Call, moment: float = moment) -> Graph:
            return Graph(*assistant_wires(call).wires, CtrlC(moment).outlet >> Probe().inlet)

        lab = scripted(CallLab(agent))
        lab.join("Alice").says("tell me a story", at=1.0).says("stop that", at=4.0)
        with pytest.raises(BaseException) as raised:  # noqa: PT011 (alone, or in a group)
            lab.run(8)
        assert holds(raised.value, KeyboardInterrupt), repr(raised.value)
        assert not [t for t in threading.enumerate() if t.name.startswith("callboard")]
        assert not trio.lowlevel.in_trio_run()
