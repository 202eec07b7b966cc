"""The real engine on a network in memory: the same seed gives the same arrival times."""

import asyncio
import itertools
import threading

import pytest
import trio

from actors.call.port import Connected, Signal
from callboard.testing.clock import run_virtual
from callboard.testing.errors import LabError
from callboard.testing.network import MemoryNetwork, Network, is_media
from callboard.testing.virtual_loop import VirtualLoop

BAD = {"loss": 0.05, "burst": 3, "delay": 0.04, "jitter": 0.01}


async def arrivals(engine, seconds=5.0):
    """When each packet came from one port to another, as (number, time)."""
    arrived = []
    async with (
        engine.open_line() as line,
        line.open_port() as left,
        line.open_port() as right,
        trio.open_nursery() as nursery,
    ):

        async def carry(here, there):
            async for event in here.events:
                if isinstance(event, Signal):
                    await there.signal(event.data)

        nursery.start_soon(carry, left, right)
        nursery.start_soon(carry, right, left)
        await left.start()
        while trio.current_time() < seconds:
            await line.tick()
            left.received()
            arrived += right.received()
        nursery.cancel_scope.cancel()
    first = arrived[0].packet.sequence
    return [((each.packet.sequence - first) % 2**16, each.arrived) for each in arrived]


def test_the_same_seed_gives_the_same_arrival_times(on_network):
    once, again = (on_network(arrivals, seed=7, **BAD) for _ in range(2))
    assert once == again
    assert on_network(arrivals, seed=8, **BAD) != once


def test_a_perfect_network_delivers_every_packet_at_its_tick(on_network):
    arrived = on_network(arrivals)
    numbers, times = zip(*arrived, strict=True)
    assert list(numbers) == list(range(len(numbers)))
    assert {round(b - a, 6) for a, b in itertools.pairwise(times)} == {0.02}


def test_what_a_network_does_is_what_was_asked_for(on_network):
    async def count(engine):
        await arrivals(engine, 60.0)
        return engine.network

    lossy = on_network(count, loss=0.1)
    assert lossy.lost / lossy.sent == pytest.approx(0.1, abs=0.02)
    arrived = on_network(arrivals, delay=0.04, jitter=0.01)
    late = [at % 0.02 for _, at in arrived]  # 40 ms are two ticks
    assert max(late) - min(late) == pytest.approx(0.01, abs=0.001)


def test_nothing_arrives_in_an_outage(on_network):
    times = [at for _, at in on_network(arrivals, outages=[(2.0, 3.0)])]
    assert not [at for at in times if 2.0 <= at < 3.0]
    assert max(times) > 4.9


def test_ports_connect_again_and_again_without_a_thread(on_network):
    before = threading.active_count()

    async def body(engine):
        for _ in range(5):
            async with engine.open_line() as line:
                for _ in range(3):
                    await connect_once(line)
        return threading.active_count()

    async def connect_once(line):
        async with (
            line.open_port() as left,
            line.open_port() as right,
            trio.open_nursery() as nursery,
        ):
            both = trio.Event()

            async def carry(here, there):
                async for event in here.events:
                    match event:
                        case Signal(data):
                            await there.signal(data)
                        case Connected() if here is left:
                            both.set()

            nursery.start_soon(carry, left, right)
            nursery.start_soon(carry, right, left)
            await left.start()
            await both.wait()
            nursery.cancel_scope.cancel()

    assert on_network(body) == before


def in_loop(function):
    """Run an asyncio function on a virtual loop."""

    async def main():
        loop = VirtualLoop(MemoryNetwork(Network(delay=0.5), seed=0))
        result = []
        async with trio.open_nursery() as nursery:
            nursery.start_soon(loop.run)
            done = trio.Event()

            async def work():
                try:
                    result.append(await function())
                finally:
                    done.set()

            loop.call_soon(lambda: tasks.append(loop.create_task(work())))
            tasks = []
            await done.wait()
            await loop.aclose()
            nursery.cancel_scope.cancel()
        return result[0]

    return run_virtual(main)


def test_asyncio_sleeps_in_virtual_time():
    async def hours():
        loop = asyncio.get_running_loop()
        before = loop.time()
        await asyncio.gather(asyncio.sleep(3600), asyncio.sleep(1800))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), 60)
        return loop.time() - before

    assert in_loop(hours) == 3660


def test_a_datagram_takes_as_long_as_the_network_says():
    class Notes(asyncio.DatagramProtocol):
        def datagram_received(self, data, addr):
            notes.append((asyncio.get_running_loop().time(), data))

    notes = []

    async def send():
        loop = asyncio.get_running_loop()
        here, _ = await loop.create_datagram_endpoint(Notes, local_addr=("127.0.0.1", 0))
        there, _ = await loop.create_datagram_endpoint(Notes, local_addr=("127.0.0.1", 5000))
        here.sendto(b"hello", ("127.0.0.1", 5000))
        await asyncio.sleep(1)
        with pytest.raises(OSError, match="the port 5000 is taken"):
            await loop.create_datagram_endpoint(Notes, local_addr=("127.0.0.1", 5000))
        with pytest.raises(OSError, match=r"has the address 127\.0\.0\.1 only, not 192\.0\.2\.1"):
            await loop.create_datagram_endpoint(Notes, local_addr=("192.0.2.1", 0))
        there.close()
        here.sendto(b"nobody is there", ("127.0.0.1", 5000))
        await asyncio.sleep(1)

    in_loop(send)
    assert notes == [(0.5, b"hello")]


def test_an_error_in_a_callback_is_not_lost():
    async def main():
        loop = VirtualLoop(MemoryNetwork(Network(), seed=0))
        loop.call_later(1.0, lambda: 1 / 0)
        await loop.run()

    with pytest.raises(LabError, match="a callback failed: ZeroDivisionError"):
        run_virtual(main)


def test_rtp_and_rtcp_are_media_and_nothing_else_is():
    stun, dtls, rtp, rtcp = b"\x00\x01", b"\x16\xfe", b"\x80\x6f", b"\x80\xc8"
    assert [is_media(each) for each in (stun, dtls, rtp, rtcp, b"")] == [
        False,
        False,
        True,
        True,
        False,
    ]
