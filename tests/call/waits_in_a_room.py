"""Joins the room at the address that it is given, says so, and waits to be killed."""

import sys
from random import Random

import trio

from actors import protocol
from actors.call.address import MeetingAddress
from actors.call.signalling import Signalling


async def main(url):
    address = MeetingAddress.parse(url)
    channel = Signalling(address, protocol.Join(name="Doomed"), rng=Random(1))
    async with trio.open_nursery() as nursery:
        await nursery.start(channel.run)
        print("joined", flush=True)
        await trio.sleep_forever()


trio.run(main, sys.argv[1])
