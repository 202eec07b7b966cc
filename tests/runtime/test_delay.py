"""Delay does not stay: after an outage, and after a stall of the whole loop."""

import time

import attrs
import pytest
import trio
from stage_set import Script, Sink, run

from runtime import Actor, Context, Graph, In, Kind, Out, Pacer, open_graph


@attrs.frozen
class Live(Actor):
    """Sends the time, 50 times a second."""

    frames: int
    audio = Out[float](kind=Kind.LIVE)

    async def run(self, ctx: Context) -> None:
        pacer = Pacer(0.02)
        for _ in range(self.frames):
            await pacer.wait()
            await self.audio.send(ctx.now())


@attrs.frozen
class Device(Actor):
    """Plays a frame every 20 ms by its own clock and keeps how old each was."""

    ages: list[tuple[float, float]] = attrs.field(factory=list[tuple[float, float]])
    audio = In[float](kind=Kind.LIVE)

    async def run(self, ctx: Context) -> None:
        # Out of phase with the source, as clocks are.
        pacer = Pacer(0.02, start=ctx.now() - 0.005)
        async for sent in self.audio:
            self.ages.append((ctx.now(), ctx.now() - sent))
            await pacer.wait()


def delays(device: Device, begins: float, ends: float) -> tuple[float, float]:
    """Largest age in the second before `begins`, and from one second after `ends` on."""
    before = [age for at, age in device.ages if begins - 1 < at < begins]
    after = [age for at, age in device.ages if at >= ends + 1]
    assert len(before) > 30
    assert len(after) > 30
    return max(before), max(after)


def test_a_400_ms_outage_of_a_stage_on_a_live_link_leaves_at_most_one_frame_of_delay() -> None:
    async def main() -> None:
        async def passing(me: Script, ctx: Context) -> None:
            async for item in me.inlet:
                if ctx.life == 1 and ctx.now() > 2:
                    raise ConnectionError
                if ctx.life == 2 and ctx.now() < 2.4:
                    await trio.sleep_until(2.4)
                await me.outlet.send(item)

        class LiveScript(Script):
            inlet = In[object](kind=Kind.LIVE)
            outlet = Out[object](kind=Kind.LIVE)

        live, stage, device = Live(300), LiveScript(passing), Device()
        await Graph(live.audio >> stage.inlet, stage.outlet >> device.audio).run()
        before, after = delays(device, 2.0, 2.4)
        assert after - before <= 0.02 + 1e-6

    run(main)


@pytest.mark.real
def test_a_stall_of_the_whole_loop_leaves_at_most_one_frame_of_delay() -> None:
    async def main() -> Device:
        async def hog(me: Script, ctx: Context) -> None:
            await trio.sleep(1.5)
            time.sleep(1.0)  # noqa: ASYNC251 (the stall itself)

        live, device, stall = Live(220), Device(), Script(hog)
        began = trio.current_time()
        async with open_graph(Graph(live.audio >> device.audio, stall.outlet >> Sink().inlet)):
            await trio.sleep(4.6)
        device.ages[:] = [(at - began, age) for at, age in device.ages]
        return device

    # Real time: a loop that stands still is what virtual time hides.
    before, after = delays(trio.run(main), 1.5, 2.5)
    assert after - before <= 0.02 + 0.015
