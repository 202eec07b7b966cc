"""Sockets of calls: read at once or at every tick, and what comes is told when it came."""

import asyncio
import contextlib
import socket
import threading
import time

import pytest
import structlog

from actors.call.webrtc.datagrams import PASSES, STAMPED, UNSENT, MediaSocket, Poller, bind

RTP = b"\x80packet"
STUN = b"\x00\x01packet"

at_ticks = pytest.mark.skipif(not STAMPED, reason="only Linux tells when a datagram came")


class Taker(asyncio.DatagramProtocol):
    """Keeps what comes."""

    def __init__(self):
        self.media, self.rest, self.errors = [], [], []
        self.came, self.lost = asyncio.Event(), asyncio.Event()
        self.threads = {}

    def take(self, data, arrived=None, post=None):
        self.media.append((data, arrived))
        self.threads["media"] = threading.get_ident()
        self.came.set()

    def datagram_received(self, data, addr):
        self.rest.append((data, addr))
        self.threads["rest"] = threading.get_ident()
        self.came.set()

    def error_received(self, exc):
        self.errors.append(exc)

    def connection_lost(self, exc):
        self.lost.set()


class Place:
    """A media socket on the loopback address, who takes from it, and somebody who sends to it."""

    def __init__(self, poller, sock=None, on_media=None):
        self.taker = Taker()
        self.socket = MediaSocket(
            sock or bind("127.0.0.1", 0),
            self.taker,
            on_media=on_media or self.taker.take,
            poller=poller,
        )
        self.address = self.socket.get_extra_info("sockname")
        self.sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def send(self, data):
        self.sender.sendto(data, self.address)

    async def close(self):
        self.socket.close()
        self.socket.close()
        await self.taker.lost.wait()
        self.sender.close()


@contextlib.asynccontextmanager
async def polled_place():
    """A poller, and a place that it reads; both are closed after it."""
    poller = Poller(time.perf_counter)
    place = Place(poller)
    place.socket.poll(True)
    try:
        yield poller, place
    finally:
        await place.close()
        poller.close()


def wait_for_stamps(poller, place):
    """The kernel begins to stamp a moment after the machine's first socket has asked for it; what
    comes before is stamped when it is read."""
    began = time.perf_counter()
    while time.perf_counter() < began + 5:
        place.send(RTP)
        time.sleep(0.01)
        poller.read(fail)
        ((_, arrived),) = place.taker.media
        place.taker.media.clear()
        if arrived < time.perf_counter() - 0.008:
            return
    raise AssertionError("the kernel stamps nothing")


def fail(error):
    raise AssertionError from error


def test_media_and_the_rest_part_by_their_first_byte(run_asyncio):
    async def main():
        poller = Poller(time.perf_counter)
        place = Place(poller)
        began = time.perf_counter()
        for data in (RTP, STUN):
            place.taker.came.clear()
            place.send(data)
            await place.taker.came.wait()
        ((media, arrived),) = place.taker.media
        assert media == RTP
        assert began - 0.01 < arrived <= time.perf_counter()
        assert place.taker.rest == [(STUN, ("127.0.0.1", place.sender.getsockname()[1]))]
        await place.close()
        poller.close()

    run_asyncio(main)


@at_ticks
def test_a_polled_socket_is_read_by_the_poller_alone_and_tells_when_the_packet_came(run_asyncio):
    async def main():
        async with polled_place() as (poller, place):
            wait_for_stamps(poller, place)
            place.send(RTP)
            sent = time.perf_counter()
            for _ in range(20):
                await asyncio.sleep(0)  # the loop looks at its sockets
            assert place.taker.media == []
            while time.perf_counter() < sent + 0.05:
                pass
            poller.read(fail)
            ((media, arrived),) = place.taker.media
            assert media == RTP
            assert arrived < sent + 0.025

    run_asyncio(main)


@at_ticks
def test_a_socket_that_is_polled_no_more_is_read_at_once_and_lost_nothing(run_asyncio):
    async def main():
        async with polled_place() as (poller, place):
            place.send(RTP)
            place.socket.poll(False)
            await place.taker.came.wait()
            poller.read(fail)
            assert len(place.taker.media) == 1

    run_asyncio(main)


@at_ticks
def test_one_receivers_error_is_told_and_the_others_are_read(run_asyncio):
    async def main():
        poller = Poller(time.perf_counter)
        told = []

        def broken(data, arrived=None, post=None):
            raise KeyError(data)

        first, second = Place(poller, on_media=broken), Place(poller)
        for place in (first, second):
            place.socket.poll(True)
            place.send(RTP)
        poller.read(told.append)
        assert [type(error) for error in told] == [KeyError]
        assert [data for data, _ in second.taker.media] == [RTP]
        for place in (first, second):
            await place.close()
        poller.read(fail)  # nothing is polled any more
        poller.close()

    run_asyncio(main)


@at_ticks
def test_on_another_thread_media_is_taken_there_and_the_rest_on_the_loops(run_asyncio):
    async def main():
        async with polled_place() as (poller, place):
            for data in (RTP, STUN):
                place.send(data)
            thread = threading.Thread(target=poller.read, args=(fail,))
            thread.start()
            reader = thread.ident
            thread.join()
            assert place.taker.rest == []
            place.taker.came.clear()
            await place.taker.came.wait()
            assert place.taker.threads == {"media": reader, "rest": threading.get_ident()}

    run_asyncio(main)


@at_ticks
def test_while_one_thread_reads_another_does_not_and_who_closes_waits_for_it(run_asyncio):
    async def main():
        poller = Poller(time.perf_counter)
        began, may_end, order = threading.Event(), threading.Event(), []

        def slow(data, arrived=None, post=None):
            began.set()
            may_end.wait(5)
            order.append("read")

        place = Place(poller, on_media=slow)
        place.socket.poll(True)
        place.send(RTP)
        place.send(RTP)
        reader = threading.Thread(target=poller.read, args=(fail,))
        reader.start()
        began.wait(5)
        poller.read(fail)
        assert order == []
        threading.Timer(0.05, may_end.set).start()
        place.socket.close()
        order.append("closed")
        reader.join()
        assert order[-1] == "closed"
        await place.close()
        poller.close()

    run_asyncio(main)


@at_ticks
def test_who_is_closed_by_the_one_before_is_not_read(run_asyncio):
    async def main():
        poller = Poller(time.perf_counter)

        def close_all(data, arrived=None, post=None):
            for place in places:
                place.socket.close()

        places = [Place(poller, on_media=close_all) for _ in range(2)]
        for place in places:
            place.socket.poll(True)
            place.send(RTP)
        poller.read(fail)
        for place in places:
            await place.close()
        poller.close()

    run_asyncio(main)


@at_ticks
def test_a_socket_may_close_after_the_poller(run_asyncio):
    async def main():
        poller = Poller(time.perf_counter)
        place = Place(poller)
        place.socket.poll(True)
        poller.close()
        await place.close()

    run_asyncio(main)


@at_ticks
def test_a_flood_does_not_hold_up_the_tick(run_asyncio):
    async def main():
        async with polled_place() as (poller, place):
            for _ in range(PASSES + 20):
                place.send(RTP)
            poller.read(fail)
            assert len(place.taker.media) == PASSES
            poller.read(fail)
            assert len(place.taker.media) == PASSES + 20

    run_asyncio(main)


@at_ticks
def test_what_the_network_does_not_take_waits_in_order_and_the_oldest_is_lost(
    run_asyncio, tmp_path
):
    async def main():
        poller = Poller(time.perf_counter)
        here = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        there = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        for end, name in ((here, "here"), (there, "there")):
            end.bind(str(tmp_path / name))
            end.setblocking(False)
        place = Place(poller, here)
        target = str(tmp_path / "there")
        total = 2000  # more than any queue of the system's and ours
        for number in range(total):
            place.socket.sendto(b"%d" % number, target)
        taken = []
        while len(place.socket._unsent) or not taken or taken[-1] != total - 1:
            try:
                taken.append(int(there.recv(64)))
            except BlockingIOError:
                await asyncio.sleep(0)
        at_once = total - UNSENT
        assert taken == sorted(taken)
        assert taken[-UNSENT:] == list(range(at_once, total))
        assert len(taken) < total
        assert place.taker.errors == []
        with structlog.testing.capture_logs() as told:
            await place.close()
        assert [(each["event"], each["lost"]) for each in told] == [
            ("call.network_full", total - len(taken))
        ]
        there.close()
        poller.close()

    run_asyncio(main)


def test_a_port_that_is_taken_is_an_error_and_leaves_nothing_open():
    taken = bind("127.0.0.1", 0)
    with pytest.raises(OSError, match="in use"):
        bind(*taken.getsockname())
    taken.close()
