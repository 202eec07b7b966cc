"""Relay-only calls through coturn: over UDP, TCP and TLS, with passwords made by the room."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable

import pytest
import trio
from real_parts import missing
from turn_server import SECRET, TurnServer, find_coturn, open_coturn

from actors.call.ice_settings import IceSettings
from actors.call.port import Connected, ConnectionFailed, IceServer, MediaEngine, MediaPort, Signal
from actors.call.webrtc import open_media_engine
from actors.errors import MediaError
from actors.room.tokens import Relays

pytestmark = pytest.mark.real

SECONDS_1970 = 1_900_000_000.0  # passwords are good until long after this test


@pytest.fixture(autouse=True)
def coturn() -> None:
    """A TURN server is there."""
    if find_coturn() is None:
        missing("No TURN server on this machine: apt-get install coturn.")


def run(main: Callable[[TurnServer], Awaitable[None]]) -> None:
    async def bounded() -> None:
        with trio.fail_after(60):
            async with open_coturn() as server:
                await main(server)

    trio.run(bounded)


def servers(*urls: str, secret: str = SECRET) -> tuple[IceServer, ...]:
    """What a room tells a participant, as a call reads it."""
    told = Relays(tuple({"urls": [url]} for url in urls), secret).for_participant(
        "alice", SECONDS_1970
    )
    return tuple(
        IceServer(tuple(each["urls"]), each.get("username"), each.get("credential"))
        for each in told
    )


class Call:
    """Two ports that signal each other, and what was said."""

    def __init__(self, left: MediaPort, right: MediaPort) -> None:
        self.left, self.right = left, right
        self.signals: list[str] = []
        self.connected = 0
        self.both = trio.Event()

    async def carry(self, here: MediaPort, there: MediaPort) -> None:
        async for event in here.events:
            match event:
                case Signal(data):
                    self.signals.append(str(data["description"]["sdp"]))
                    await there.signal(data)
                case Connected():
                    self.connected += 1
                    if self.connected == 2:
                        self.both.set()
                case ConnectionFailed(reason):
                    raise AssertionError(reason)
                case _:
                    pass

    def ways(self) -> set[str]:
        """The kinds of all candidates that were offered."""
        lines = [line.split() for sdp in self.signals for line in sdp.splitlines()]
        return {line[7] for line in lines if line[0].startswith("a=candidate")}


@contextlib.asynccontextmanager
async def calling(
    engine: MediaEngine, given: tuple[IceServer, ...], other: tuple[IceServer, ...]
) -> AsyncGenerator[Call]:
    async with (
        engine.open_line() as one,
        engine.open_line() as two,
        one.open_port(servers=given, loopback=True) as left,
        two.open_port(servers=other, loopback=True) as right,
        trio.open_nursery() as nursery,
    ):
        call = Call(left, right)
        nursery.start_soon(call.carry, left, right)
        nursery.start_soon(call.carry, right, left)
        await left.start()
        yield call
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_two_relay_only_sides_hear_each_other_and_show_no_address(transport: str) -> None:
    async def main(turn: TurnServer) -> None:
        given = servers(turn.url(transport))
        async with (
            open_media_engine(IceSettings(relay_only=True, tls=turn.trust)) as engine,
            calling(engine, given, given) as call,
        ):
            with trio.fail_after(15):
                await call.both.wait()
            await trio.sleep(1.0)
            assert call.ways() == {"relay"}
            assert not any("raddr 127" in sdp for sdp in call.signals)
            for port in (call.left, call.right):
                assert len(port.received()) > 30

    run(main)


def test_a_server_that_is_away_is_replaced_by_the_next() -> None:
    async def main(turn: TurnServer) -> None:
        given = servers("turn:127.0.0.1:1", turn.url("tcp"))
        async with (
            open_media_engine(IceSettings(relay_only=True)) as engine,
            calling(engine, given, given) as call,
        ):
            with trio.fail_after(15):
                await call.both.wait()
            assert call.ways() == {"relay"}

    run(main)


def test_one_side_behind_a_relay_is_enough() -> None:
    async def main(turn: TurnServer) -> None:
        async with (
            open_media_engine(IceSettings(relay_only=True)) as hidden,
            open_media_engine() as engine,
            hidden.open_line() as one,
            engine.open_line() as two,
            one.open_port(servers=servers(turn.url("udp"))) as left,
            two.open_port(loopback=True) as right,
            trio.open_nursery() as nursery,
        ):
            call = Call(left, right)
            nursery.start_soon(call.carry, left, right)
            nursery.start_soon(call.carry, right, left)
            await left.start()
            with trio.fail_after(15):
                await call.both.wait()
            nursery.cancel_scope.cancel()

    run(main)


def test_a_wrong_secret_and_an_untrusted_certificate_are_sentences() -> None:
    async def main(turn: TurnServer) -> None:
        for given, sentence in (
            (servers(turn.url("udp"), secret="another"), "does not accept the user name"),
            (servers(turn.url("tls")), "its certificate is not trusted"),
        ):
            async with (
                open_media_engine(IceSettings(relay_only=True)) as engine,
                engine.open_line() as line,
                line.open_port(servers=given) as port,
            ):
                with pytest.raises(MediaError, match=sentence):
                    await port.start()

    run(main)


def test_closing_a_call_whose_server_is_gone_takes_a_second() -> None:
    async def main(turn: TurnServer) -> None:
        async with open_media_engine(IceSettings(relay_only=True)) as engine:
            async with open_coturn() as other:
                given = servers(other.url("udp"))
                context = calling(engine, given, given)
                call = await context.__aenter__()
                with trio.fail_after(15):
                    await call.both.wait()
            began = trio.current_time()
            await context.__aexit__(None, None, None)
            assert trio.current_time() - began < 3

    run(main)
