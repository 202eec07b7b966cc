"""Which addresses a call offers, and what it says when it finds none."""

import asyncio
import contextlib
import socket
import time

import pytest
from aioice import stun
from aioice.ice import StunProtocol

from actors.call.candidates import Candidate, Candidates, why_unconnected
from actors.call.ice_settings import IceSettings, IceSettingsError, Relay, relays
from actors.call.port import IceServer
from actors.call.webrtc.gathering import STUN_SECONDS, chosen_addresses, gather
from actors.call.webrtc.ice import IceConnection
from actors.errors import MediaError

HERE = "127.0.0.1"


class Receiver:
    """Whoever owns the sockets."""

    def protocol_lost(self, protocol):
        pass

    def request_received(self, message, addr, protocol):
        pass


@contextlib.asynccontextmanager
async def gathered(reach, addresses=(HERE,)):
    receiver = Receiver()
    found = await gather(reach, addresses, lambda: StunProtocol(receiver))
    try:
        yield found
    finally:
        for protocol in found.protocols:
            await protocol.close()


class StunServer(asyncio.DatagramProtocol):
    """Tells everybody that they come from 198.51.100.1; a silent one says nothing."""

    def __init__(self, silent):
        self.silent = silent
        self.asked = 0

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        self.asked += 1
        if self.silent:
            return
        request = stun.parse_message(data)
        answer = stun.Message(
            message_method=stun.Method.BINDING,
            message_class=stun.Class.RESPONSE,
            transaction_id=request.transaction_id,
        )
        answer.attributes["XOR-MAPPED-ADDRESS"] = ("198.51.100.1", addr[1])
        self.transport.sendto(bytes(answer), addr)


@contextlib.asynccontextmanager
async def stun_server(silent=False):
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(
        lambda: StunServer(silent), local_addr=(HERE, 0)
    )
    try:
        port = transport.get_extra_info("sockname")[1]
        yield protocol, Relay("stun", HERE, port)
    finally:
        transport.close()


def ways(found):
    return [(each.type, each.host) for each in found.candidates]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("stun:stun.example.org", Relay("stun", "stun.example.org", 3478)),
        ("stun:192.0.2.1:19302", Relay("stun", "192.0.2.1", 19302)),
        ("turn:t.example.org", Relay("turn", "t.example.org", 3478, "udp", "u", "c")),
        (
            "turn:t.example.org:80?transport=tcp",
            Relay("turn", "t.example.org", 80, "tcp", "u", "c"),
        ),
        ("turns:t.example.org", Relay("turn", "t.example.org", 5349, "tls", "u", "c")),
        (
            "turns:t.example.org:443?transport=tcp",
            Relay("turn", "t.example.org", 443, "tls", "u", "c"),
        ),
        ("turn:[2001:db8::1]:3479", Relay("turn", "2001:db8::1", 3479, "udp", "u", "c")),
    ],
)
def test_urls_of_servers(url, expected):
    username, credential = ("u", "c") if expected.scheme == "turn" else (None, None)
    assert relays([IceServer((url,), username, credential)]) == (expected,)


@pytest.mark.parametrize(
    "url",
    ["", "stun", "stun:", "http:example.org", "turn:h:0", "turn:h:x", "turn:h?transport=sctp"],
)
def test_what_is_no_server(url):
    with pytest.raises(IceSettingsError):
        Relay.parse(url, None, None)


@pytest.mark.parametrize("ports", [(0, 5), (5, 1), (1, 65536)])
def test_what_is_no_range_of_ports(ports):
    with pytest.raises(IceSettingsError, match="write FIRST-LAST"):
        IceSettings(udp_ports=ports)


def test_what_is_no_public_address():
    with pytest.raises(IceSettingsError, match="is no IPv4 address"):
        IceSettings(public_ip="example.org")


def test_a_credential_does_not_show():
    assert "secret" not in repr(IceSettings(servers=(Relay("turn", "h", 1, "udp", "u", "secret"),)))


def test_ports_are_taken_from_the_range_and_none_is_left_is_said(run_asyncio):
    async def main():
        first = _three_free_ports()
        reach = IceSettings(udp_ports=(first, first + 2))
        async with gathered(reach) as one, gathered(reach) as two, gathered(reach) as three:
            taken = {found.candidates[0].port for found in (one, two, three)}
            assert taken == {first, first + 1, first + 2}
            async with gathered(reach) as fourth:
                assert fourth.candidates == []
                assert fourth.troubles == [
                    f"no UDP port from {first} to {first + 2} is free on {HERE}: widen --udp-ports"
                ]

    run_asyncio(main)


def _three_free_ports():
    """The first of three neighbouring UDP ports that nobody uses."""
    for first in range(41000, 60000, 3):
        with contextlib.ExitStack() as stack:
            try:
                for port in range(first, first + 3):
                    sock = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
                    sock.bind((HERE, port))
            except OSError:
                continue
            return first
    raise AssertionError("no three free ports")


def test_a_public_address_is_offered_beside_the_private_one(run_asyncio):
    async def main():
        address = _own_address()
        async with gathered(IceSettings(public_ip="203.0.113.7"), (address, HERE)) as found:
            host, loopback, public = found.candidates
            assert (host.type, loopback.host) == ("host", HERE)
            assert (public.type, public.host, public.port) == ("srflx", "203.0.113.7", host.port)
            assert (public.related_address, public.related_port) == (address, host.port)

    run_asyncio(main)


def _own_address():
    """An address of this machine that is not the loopback; else another of the loopback's."""
    from aioice.ice import get_host_addresses

    return next(iter(get_host_addresses(use_ipv4=True, use_ipv6=False)), "127.0.0.2")


@pytest.mark.real
def test_the_first_answer_of_several_stun_servers_counts(run_asyncio):
    async def main():
        async with stun_server(silent=True) as (silent, one), stun_server() as (_, two):
            began = time.monotonic()
            async with gathered(IceSettings(servers=(one, two, two))) as found:
                assert ways(found) == [("host", HERE), ("srflx", "198.51.100.1")]
                assert found.troubles == [f"{one} did not answer within 1 s"]
            assert silent.asked >= 1
            assert time.monotonic() - began < STUN_SECONDS + 0.5

    run_asyncio(main)


@pytest.mark.real
def test_servers_that_all_answer_are_not_waited_for(run_asyncio):
    async def main():
        async with stun_server() as (_, server):
            began = time.monotonic()
            async with gathered(IceSettings(servers=(server,))) as found:
                assert len(found.candidates) == 2
            assert time.monotonic() - began < STUN_SECONDS / 2

    run_asyncio(main)


@pytest.mark.real
def test_a_turn_server_that_is_not_there_does_not_hold_up_a_call(run_asyncio):
    async def main():
        async with stun_server(silent=True) as (_, silent):
            gone = Relay("turn", HERE, 1, "tcp", "u", "c")
            mute = Relay("turn", HERE, silent.port, "udp", "u", "c")
            began = time.monotonic()
            async with gathered(IceSettings(servers=(gone, mute))) as found:
                assert ways(found) == [("host", HERE)]
            assert time.monotonic() - began < 3
            refused, unanswered = found.troubles
            assert refused.startswith(f"turn:{HERE}:1 over TCP: ")
            assert "refused" in refused.lower() or "connect" in refused.lower()
            assert unanswered == f"{mute} did not answer in time"

    run_asyncio(main)


def test_cancelling_leaves_no_socket_open(run_asyncio):
    async def main():
        async with stun_server(silent=True) as (_, silent):
            mute = Relay("turn", HERE, silent.port, "udp", "u", "c")
            reach = IceSettings(servers=(silent, mute))
            task = asyncio.create_task(gather(reach, (HERE,), lambda: StunProtocol(Receiver())))
            await asyncio.sleep(0.2)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.sleep(0.05)

    run_asyncio(main)  # an unclosed socket is a warning, and a warning is an error


def test_chosen_interfaces():
    assert chosen_addresses(["10.0.0.1"], ()) == ["10.0.0.1"]
    assert chosen_addresses([HERE, "10.9.9.9"], ("lo",)) == [HERE]
    assert chosen_addresses([HERE, "10.9.9.9"], (HERE,)) == [HERE]
    with pytest.raises(IceSettingsError, match=r"no network interface eth77; there are .*lo"):
        chosen_addresses([HERE], ("eth77",))


def test_relay_only_without_a_relay_is_a_sentence(run_asyncio):
    async def main():
        ice = IceConnection(
            IceSettings(relay_only=True, loopback=True), on_media=bytes, on_heard=dict
        )
        with pytest.raises(MediaError, match="no TURN server is known"):
            await ice.gather_candidates()
        await ice.close()

    run_asyncio(main)


# What a call says that finds no way

OURS = "candidate:1 1 udp 2130706431 192.168.1.5 5000 typ host"
THEIRS = "candidate:2 1 udp 1694498815 203.0.113.9 6000 typ srflx raddr 0.0.0.0 rport 9"
HIDDEN = "candidate:3 1 udp 2113937151 0b5c.local 7000 typ host generation 0"
RELAY = "candidate:4 1 udp 16777215 198.51.100.7 8000 typ relay raddr 0.0.0.0 rport 9"


def side(*lines):
    candidates = Candidates()
    for line in lines:
        candidates.add({"candidate": {"candidate": line}})
    return candidates


def test_candidates_of_an_sdp_are_those_of_its_lines():
    sdp = (
        f"v=0\r\na={OURS}\r\na={OURS}\r\na=candidate:5 1 tcp 1 192.0.2.1 9 typ host tcptype active"
    )
    found = Candidates()
    found.add({"description": {"type": "offer", "sdp": sdp}})
    assert str(found) == "192.168.1.5 (UDP, its own)"
    assert Candidate.read("nonsense") is None


def test_both_sides_addresses_and_what_to_open_are_said():
    assert why_unconnected(side(OURS), side(THEIRS, HIDDEN)) == (
        "This side offered 192.168.1.5 (UDP, its own); the other side offered 203.0.113.9 (UDP, "
        "seen from outside), a hidden address (UDP, its own). Let UDP through between the two: "
        "open the ports of --udp-ports in the firewall, tell a machine behind a 1:1 NAT its "
        "--public-ip, or give both a relay: --ice-server turn:USER:KEY@HOST."
    )


@pytest.mark.parametrize(
    ("ours", "theirs", "advice"),
    [
        ((OURS,), (), "Nothing came from the other side"),
        ((), (THEIRS,), "This machine found no address to offer"),
        ((OURS, RELAY), (THEIRS,), "Even the TURN server did not help"),
    ],
)
def test_advice_fits_what_was_offered(ours, theirs, advice):
    assert advice in why_unconnected(side(*ours), side(*theirs))


def test_a_sentence_does_not_list_dozens():
    many = side(*(OURS.replace("1.5", f"1.{n}") for n in range(20)))
    assert str(many).endswith("and 14 more")
