"""A call's way to its room: over real sockets, to real rooms and to servers that are none."""

import contextlib
import itertools
import json
import subprocess
import sys
from pathlib import Path

import pytest
import trio
import trio.testing
from connections_gone import all_gone
from trio_websocket import ConnectionClosed, serve_websocket

from actors import protocol
from actors.call.address import MeetingAddress
from actors.call.signalling import Signalling
from actors.errors import CallEnded, CallError, RefusedError, UnreachableError
from actors.protocol import SUBPROTOCOL, Joined, Message, Signal, limits
from actors.room import open_room

SECRET = "a secret of more than thirty-two bytes, for tests"


def signalling(url, name="Alice", **join):
    return Signalling(
        MeetingAddress.parse(url), protocol.Join(name=name, **join), random=lambda: 0.5
    )


def run(main, *, virtual=False):
    """Virtual time jumps while both ends wait: the loopback itself takes none."""
    clock = trio.testing.MockClock(autojump_threshold=0.02) if virtual else None

    async def bounded():
        with trio.fail_after(1000 if virtual else 10):
            await main()

    trio.run(bounded, clock=clock)


@contextlib.asynccontextmanager
async def joined(channel):
    """The channel in its room, and left at the end."""
    async with trio.open_nursery() as nursery:
        yield await nursery.start(channel.run)
        nursery.cancel_scope.cancel()


async def receive(channel, kind):
    """The next message of a kind; others are passed over."""
    while not isinstance(message := await channel.receive(), kind):
        pass
    return message


def cut(room):
    """Take all sockets of a server away, as a network does."""
    for connection in list(room._serving.connections):
        connection.abort()


def test_two_join_talk_and_leave():
    async def main():
        async with open_room() as room:
            alice, bob = signalling(room.local_url()), signalling(room.local_url(), "Bob")
            async with joined(alice) as first:
                async with joined(bob) as second:
                    assert [who.name for who in second.participants] == ["Alice", "Bob"]
                    came = await alice.receive()
                    assert came.participant.id == second.id
                    bob.send(Message(data={"chat": "hello"}))
                    message = await alice.receive()
                    assert (message.data, message.sender) == ({"chat": "hello"}, second.id)
                gone = await alice.receive()
                assert (gone.id, gone.reason) == (second.id, "left")
            assert first.resumed is False
            await all_gone(room)

    run(main)


def test_a_lost_socket_is_replaced_and_nothing_said_meanwhile_is_lost():
    async def main():
        async with open_room() as room:
            alice, bob = signalling(room.local_url()), signalling(room.local_url(), "Bob")
            lost = []
            alice.lost = lambda: lost.append(trio.current_time())
            async with joined(alice) as first, joined(bob):
                await alice.receive()
                (connection,) = [
                    each
                    for each in room._serving.connections
                    if each is not _connection_of(room, "Bob")
                ]
                connection.abort()
                await trio.testing.wait_all_tasks_blocked(0.005)
                alice.send(Message(data=1))
                bob.send(Message(data=2))
                again = await alice.receive()
                assert isinstance(again, Joined)
                assert (again.id, again.resumed) == (first.id, True)
                assert len(lost) == 1
                assert (await receive(alice, Message)).data == 2
                assert (await bob.receive()).data == 1

    run(main)


def _connection_of(room, name):
    (seat,) = [
        seat
        for seat in room.rooms.meetings["lobby"].seats.values()
        if seat.participant.name == name
    ]
    overflow = seat.outbox._overflow
    return overflow.__self__._connection


def test_a_restarted_server_is_told_as_recovering():
    async def main():
        async with open_room(secret=SECRET) as room:
            channel = signalling(room.local_url())
            port = room.port
            async with joined(channel) as first:
                await room.say_goodbye()
                cut(room)
                channel.send(Signal(to="somebody", restart=True))
                async with open_room(port=port, secret=SECRET) as successor:
                    again = await channel.receive()
                    assert (again.id, again.resumed, again.recovering) == (first.id, True, True)
                    refused = await channel.receive()
                    assert refused.code == "unknown_participant"  # the signal went out
                    assert len(successor.participants("lobby")) == 1

    run(main)


def test_signals_of_connections_that_begin_anew_do_not_go_out():
    async def main():
        async with open_room(secret=SECRET) as room:
            channel = signalling(room.local_url())
            port = room.port
            async with joined(channel) as first:
                await room.say_goodbye()
                cut(room)
                channel.send(Signal(to="somebody", restart=True))
                async with open_room(port=port, secret=SECRET[::-1]) as successor:
                    bob = signalling(successor.local_url(), "Bob")
                    async with joined(bob):
                        again = await channel.receive()
                        assert (again.id != first.id, again.resumed) == (True, False)
                        channel.send(Message(data="still said"))
                        assert (await receive(bob, Message)).data == "still said"
                    # The signal would have been answered by an error before anything else.
                    assert isinstance(
                        await channel.receive(),
                        protocol.ParticipantJoined | protocol.ParticipantLeft,
                    )

    run(main)


@pytest.mark.parametrize(
    ("order", "sentence"),
    [
        ("eject", "an owner of the room sent this participant away"),
        ("replace", "the same participant joined from somewhere else"),
    ],
)
def test_who_is_sent_away_or_replaced_does_not_come_back(order, sentence):
    async def main():
        async with open_room() as room:
            channel = signalling(room.local_url())
            async with joined(channel) as first:
                token = room.token("lobby", owner=True)
                owner = signalling(room.local_url(), "Olga", token=token)
                again = signalling(room.local_url(), "Alice", resume=first.resume)
                again._resume = first.resume
                async with joined(owner if order == "eject" else again):
                    owner.send(protocol.Eject(first.id))
                    with pytest.raises(CallEnded, match=sentence):
                        await receive(channel, Signal)
                    with pytest.raises(CallEnded, match=sentence):
                        channel.send(protocol.Ping())

    run(main)


def test_refusals_have_the_rooms_code_and_sentence():
    async def main():
        async with open_room(private=True, secret=SECRET) as room:
            for token, sentence in (
                (None, "joining needs a meeting token"),
                ("forged", "not one of this server's"),
            ):
                with pytest.raises(RefusedError, match=sentence) as caught:
                    await trial(signalling(room.local_url(), token=token))
                assert caught.value.code == "bad_token"

    run(main)


async def trial(channel):
    """Join, and raise what prevents it."""
    try:
        async with joined(channel):
            pass
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from None


def test_nobody_listens():
    async def main():
        with pytest.raises(
            UnreachableError, match=r"nobody answers at http://127\.0\.0\.1:1/lobby"
        ):
            await trial(signalling("http://127.0.0.1:1/lobby"))

    run(main)


@contextlib.asynccontextmanager
async def tcp_server(handler):
    async with trio.open_nursery() as nursery:
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(trio.serve_listeners, handler, listeners)
        yield f"http://127.0.0.1:{listeners[0].socket.getsockname()[1]}/lobby"
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize(
    ("answer", "error", "sentence"),
    [
        (None, UnreachableError, "no answer in time"),
        (b"", UnreachableError, "hung up before it answered"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", UnreachableError, "hung up before it answered"),
        (
            b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n",
            RefusedError,
            "the room refused the connection",
        ),
        (
            b"HTTP/1.1 403 Forbidden\r\ncontent-length: 9\r\n\r\nNot here.",
            RefusedError,
            "Not here.",
        ),
    ],
    ids=["silence", "hangs up", "no HTTP", "404", "403 with a sentence"],
)
def test_what_answers_is_no_room(answer, error, sentence):
    async def handler(stream):
        async with stream:
            if answer is None:
                await trio.sleep_forever()
            await stream.receive_some()
            if answer:
                await stream.send_all(answer)
                if answer.startswith(b"HTTP"):
                    await trio.sleep_forever()  # as a server with kept connections does

    async def main():
        async with tcp_server(handler) as url:
            with pytest.raises(error, match=sentence):
                await trial(signalling(url))

    run(main, virtual=True)


@contextlib.asynccontextmanager
async def scripted(script):
    """A server that lets everybody in, as `id` alice, and then does `script(socket, number)`."""
    visits = []

    async def handler(request):
        socket = await request.accept(subprotocol=SUBPROTOCOL)
        number = len(visits)
        visits.append(trio.current_time())
        with contextlib.suppress(ConnectionClosed):
            join = json.loads(await socket.get_message())
            await socket.send_message(
                json.dumps(
                    {
                        "type": "joined",
                        "id": "alice",
                        "room": "lobby",
                        "session": "s",
                        "resumed": number > 0,
                        "resume": f"key {number}",
                        "participants": [],
                    }
                )
            )
            await script(socket, number, join)

    async with trio.open_nursery() as nursery:
        server = await nursery.start(serve_websocket, handler, "127.0.0.1", 0, None)
        yield f"http://127.0.0.1:{server.port}/lobby", visits
        nursery.cancel_scope.cancel()


async def drain(socket):
    while True:
        await socket.get_message()


def test_it_pings_every_15_s_and_takes_30_s_of_silence_for_a_lost_socket():
    pings = []

    async def script(socket, number, join):
        while True:
            message = json.loads(await socket.get_message())
            pings.append((number, trio.current_time(), message["type"]))

    async def main():
        async with scripted(script) as (url, visits), joined(signalling(url)):
            began = trio.current_time()
            await trio.sleep(65)
            assert [at - began for at in visits] == pytest.approx([0, 30, 60], abs=0.5)
            first = [(round(at - began), kind) for number, at, kind in pings if number == 0]
            assert first == [(15, "ping")]

    run(main, virtual=True)


def test_a_ping_of_the_room_brings_the_key_for_the_next_time():
    keys = []

    async def script(socket, number, join):
        keys.append(join.get("resume"))
        if number == 0:
            await socket.send_message(json.dumps({"type": "ping", "resume": "newer"}))
            assert json.loads(await socket.get_message()) == {"type": "pong"}
            await socket.aclose()
        await drain(socket)

    async def main():
        async with scripted(script) as (url, _), joined(signalling(url)) as first:
            assert first.resume == "key 0"
            await trio.sleep(1)
            assert keys == [None, "newer"]

    run(main, virtual=True)


@pytest.mark.parametrize("code", ["stopping", "too_slow"])
def test_some_fatal_errors_are_worth_coming_back_after(code):
    async def script(socket, number, join):
        if number == 0:
            error = {"type": "error", "code": code, "message": "So.", "fatal": True}
            await socket.send_message(json.dumps(error))
        await drain(socket)

    async def main():
        channel = None
        async with scripted(script) as (url, visits):
            channel = signalling(url)
            async with joined(channel):
                assert (await channel.receive()).resumed
                assert len(visits) == 2

    run(main, virtual=True)


def test_what_a_newer_room_says_is_passed_over():
    async def script(socket, number, join):
        for text in (
            '{"type": "sing", "song": 1}',
            '{"type": "participant_left", "id": 7}',
            "no JSON",
            '{"type": "message", "data": "understood", "colour": "blue"}',
        ):
            await socket.send_message(text)
        await drain(socket)

    async def main():
        async with scripted(script) as (url, _):
            channel = signalling(url)
            async with joined(channel):
                assert (await channel.receive()).data == "understood"

    run(main, virtual=True)


def test_a_room_that_stays_away_for_a_minute_ends_the_call_with_a_sentence():
    async def main():
        async with open_room() as room:
            channel = signalling(room.local_url())
            async with trio.open_nursery() as nursery:
                await nursery.start(channel.run)
                await room.say_goodbye()
                began = trio.current_time()
                with pytest.raises(CallEnded, match="nobody answers at http"):
                    await receive(channel, Signal)
                assert limits.RESUME_WITHIN < trio.current_time() - began < 70
                with pytest.raises(CallEnded, match="nobody answers"):
                    channel.send(protocol.Ping())

    run(main, virtual=True)


def test_attempts_to_come_back_are_ever_rarer():
    attempts = []

    async def script(socket, number, join):
        await socket.aclose()

    async def main():
        async with scripted(script) as (url, _):
            channel = signalling(url)
            original = channel._serve_once

            async def counted(welcome):
                attempts.append(trio.current_time())
                if len(attempts) > 1:
                    raise UnreachableError("away")
                await original(welcome)

            channel._serve_once = counted
            async with joined(channel):
                await trio.sleep(50)

    run(main, virtual=True)
    pauses = [b - a for a, b in itertools.pairwise(attempts)]
    assert [round(pause, 3) for pause in pauses[1:8]] == [0.15, 0.3, 0.6, 1.2, 2.4, 3.75, 3.75]


def test_too_much_that_waits_for_a_silent_room_is_said():
    async def main():
        async with open_room() as room:
            channel = signalling(room.local_url())
            async with joined(channel):
                await room.say_goodbye()
                for _ in range(512):
                    channel.send(protocol.Ping())
                with pytest.raises(CallError, match="512 messages wait for a room"):
                    channel.send(protocol.Ping())

    run(main)


def test_a_process_that_was_killed_has_left_15_s_later():
    async def main():
        async with open_room() as room:
            alice = signalling(room.local_url())
            async with joined(alice):
                command = [sys.executable, Path(__file__).parent / "waits_in_a_room.py"]
                process = await trio.lowlevel.open_process(
                    [*command, room.local_url()], stdout=subprocess.PIPE
                )
                said = b""
                while not said.endswith(b"\n"):
                    said += await process.stdout.receive_some()
                assert said == b"joined\n"
                process.kill()
                await process.wait()
                await process.stdout.aclose()
                await all_gone(room, but=1)  # the system closes its socket
                lost_at = room.rooms.next_expiry() - limits.LEAVE_AFTER
                room.rooms.expire(lost_at + 14.9)
                assert len(room.participants("lobby")) == 2
                room.rooms.expire(lost_at + 15)
                gone = await receive(alice, protocol.ParticipantLeft)
                assert gone.reason == "lost"

    run(main)


@pytest.mark.real
@pytest.mark.parametrize("moment", [0.0, 0.001, 0.005, 0.02])
def test_cancelled_at_any_moment_it_leaves_and_closes(moment):
    async def main():
        async with open_room() as room:
            with trio.move_on_after(moment):
                async with joined(signalling(room.local_url())):
                    await trio.sleep_forever()
            await all_gone(room)
            assert room.participants("lobby") == ()

    run(main)
