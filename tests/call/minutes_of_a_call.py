"""Run by test_footprint.py: minutes of a call in virtual time; prints what it held after each."""

import itertools
import sys

import trio
from call_stage import Notes, Says, on_network, playing, speak
from footprint import footprint

from callboard.testing.network import Network

NETWORK = Network(loss=0.01, burst=3, delay=0.04, jitter=0.01)
MINUTES = int(sys.argv[1])


class Forgets(list):
    """Keeps nothing; counts."""

    count = 0

    def append(self, item):
        self.count += item[1].source is not None


async def talks(actor, ctx):
    """Two seconds of each half minute."""
    for number in itertools.count(1):
        await speak(actor, ctx.new_turn(), 2.0)
        await trio.sleep_until(30 * number)


async def body(stage):
    heard = Forgets(), Forgets()
    alice, bob = stage.call("Alice"), stage.call("Bob")
    async with (
        playing(Says(talks).audio >> alice.microphone, alice.voices >> Notes(heard[0]).inlet),
        playing(Says(talks).audio >> bob.microphone, bob.voices >> Notes(heard[1]).inlet),
    ):
        for minute in range(1, MINUTES + 1):
            await trio.sleep_until(60 * minute)
            held = footprint()
            frames = min(each.count for each in heard)
            print(minute, f"{held.megabytes:.2f}", held.threads, held.files, frames, flush=True)


on_network(body, NETWORK, seed=1)
