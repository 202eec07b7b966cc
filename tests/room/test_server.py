"""The room over a real socket: HTTP, handshakes, TLS, its end, and peers that break every rule."""

from __future__ import annotations

import contextlib
import json
import re
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import trio
from company import SECRET
from connections_gone import all_gone
from trio_websocket import ConnectionClosed, WebSocketConnection

from actors.call.address import MeetingAddress
from actors.call.signalling import open_socket
from actors.errors import RefusedError, RoomError, UnreachableError
from actors.protocol import SUBPROTOCOL, limits
from actors.room import RoomServer, open_room

Scene = Callable[[RoomServer], Awaitable[None]]


def play(scene: Scene, **options: Any) -> None:
    async def main() -> None:
        with trio.fail_after(20):
            async with open_room(**options) as room:
                await scene(room)

    trio.run(main)


async def exchange(room: RoomServer, sent: bytes) -> bytes:
    """What the server answers to these bytes until it closes."""
    stream = await trio.open_tcp_stream("127.0.0.1", room.port)
    async with stream:
        await stream.send_all(sent)
        answer = bytearray()
        with contextlib.suppress(trio.BrokenResourceError):
            async for part in stream:
                answer += part
        return bytes(answer)


def upgrade(path: str = "/lobby", host: str = "localhost", *more: str) -> bytes:
    """The head of a handshake."""
    lines = (
        f"GET {path} HTTP/1.1",
        f"host: {host}",
        "upgrade: websocket",
        *([] if any("connection:" in each for each in more) else ["connection: upgrade"]),
        "sec-websocket-version: 13",
        "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
        f"sec-websocket-protocol: {SUBPROTOCOL}",
        *more,
    )
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode()


async def get(room: RoomServer, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
    """Status, headers and body of a GET."""
    given = {"host": f"127.0.0.1:{room.port}", "connection": "close", **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in given.items())
    answer = await exchange(room, f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode())
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *rest = head.decode().split("\r\n")
    found = dict(line.lower().split(": ", 1) for line in rest)
    if found.get("transfer-encoding") == "chunked":
        body = b"".join(re.split(rb"(?:^|\r\n)[0-9a-f]+\r\n", body))
    return int(first.split()[1]), found, body.decode()


def connected(
    room: RoomServer, name: str = "lobby", *, url: str = "", **options: Any
) -> contextlib.AbstractAsyncContextManager[WebSocketConnection]:
    return open_socket(MeetingAddress.parse(url or room.meeting_url(name)), **options)


async def say(socket: WebSocketConnection, message: str, **fields: Any) -> None:
    await socket.send_message(json.dumps({"type": message, **fields}))


async def hear(socket: WebSocketConnection) -> dict[str, Any]:
    return json.loads(await socket.get_message())


async def join(socket: WebSocketConnection, name: str, **fields: Any) -> dict[str, Any]:
    await say(socket, "join", name=name, **fields)
    joined = await hear(socket)
    assert joined["type"] == "joined"
    return joined


# HTTP


def test_every_address_of_the_table_answers() -> None:
    async def scene(room: RoomServer) -> None:
        page = await get(room, "/lobby")
        assert page[0] == 200
        assert page[1]["content-type"] == "text/html; charset=utf-8"
        assert page[2].startswith("<!doctype html>")
        assert (await get(room, "/"))[2] == page[2]
        status, headers, module = await get(room, "/-/callboard.js", origin="https://else.org")
        assert (status, headers["content-type"]) == (200, "text/javascript; charset=utf-8")
        assert headers["access-control-allow-origin"] == "*"
        assert "export class Call" in module
        assert await body(room, "/-/health") == "ok\n"
        assert await body(room, "/-/ready") == "ready\n"
        assert "callboard_rooms 0\n" in await body(room, "/-/metrics")

    async def body(room: RoomServer, path: str) -> str:
        status, _, text = await get(room, path)
        assert status == 200
        return text

    play(scene)


def test_every_file_of_the_page_is_there_and_nothing_else() -> None:
    async def scene(room: RoomServer) -> None:
        seen, waiting = set[str](), ["/lobby"]
        while waiting:
            path = waiting.pop()
            seen.add(path)
            status, headers, text = await get(room, path)
            assert status == 200, path
            assert headers["x-content-type-options"] == "nosniff"
            assert "default-src 'none'" in headers["content-security-policy"]
            found = re.findall(r"""(?:from|import|import\()\s*["']\./([\w-]+\.js)["']""", text)
            found += re.findall(r'(?:href|src)="/-/([\w.-]+)"', text)
            waiting += [f"/-/{each}" for each in found if f"/-/{each}" not in seen]
        assert len(seen) > 20
        for path in ("/-/none.js", "/-/..%2f..%2fserver.py", "/-/__init__.py", "/a/b", "/-/a/b"):
            assert (await get(room, path))[0] == 404

    play(scene)


def test_an_unchanged_file_is_not_sent_again() -> None:
    async def scene(room: RoomServer) -> None:
        _, headers, _ = await get(room, "/-/callboard.js")
        status, _, text = await get(room, "/-/callboard.js", if_none_match=headers["etag"])
        assert (status, text) == (304, "")

    play(scene)


def test_the_whole_page_weighs_less_than_120_kb() -> None:
    folder = Path(__file__).parents[2] / "actors" / "room" / "page"
    weight = sum(each.stat().st_size for each in folder.iterdir() if each.is_file())
    assert weight < 120 * 1024


def test_who_is_inside_is_told_but_not_the_hidden() -> None:
    async def scene(room: RoomServer) -> None:
        empty = {"room": "lobby", "private": False, "auto_join": False, "participants": []}
        assert json.loads((await get(room, "/-/rooms/lobby"))[2]) == empty
        async with connected(room) as alice, connected(room) as listener:
            joined = await join(alice, "Alice")
            await join(listener, "Listener", token=room.token("lobby", hidden=True))
            told = json.loads((await get(room, "/-/rooms/lobby"))[2])
            alone = {"id": joined["id"], "name": "Alice", "agent": False}
            assert told["participants"] == [alone]
            text = (await get(room, "/-/metrics"))[2]
            assert "callboard_participants 2\n" in text
            assert 'callboard_messages_total{type="join"}' not in text
        assert (await get(room, "/-/rooms/no%20name"))[0] == 404

    play(scene)


def test_a_private_server_tells_nobody_who_is_inside() -> None:
    async def scene(room: RoomServer) -> None:
        async with connected(room) as alice:
            await join(alice, "Alice", token=room.token("lobby"))
            told = json.loads((await get(room, "/-/rooms/lobby"))[2])
            assert told == {
                "room": "lobby",
                "private": True,
                "auto_join": False,
                "participants": [],
            }

    play(scene, private=True, secret=SECRET)


def test_a_name_that_somebody_pointed_here_gets_nothing() -> None:
    async def scene(room: RoomServer) -> None:
        for path in ("/lobby", "/-/callboard.js", "/-/rooms/lobby", "/-/metrics"):
            status, _, text = await get(room, path, host="evil.example.org")
            assert status == 403
            assert "does not answer to that name" in text
        assert (await get(room, "/lobby", host="rooms.example.org"))[0] == 200

    play(scene, hosts=["rooms.example.org"])


# Handshakes


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"subprotocols": []}, "Ask for the subprotocol callboard.1."),
        ({"subprotocols": ["callboard.2"]}, "Ask for the subprotocol callboard.1."),
        (
            {"headers": [(b"origin", b"https://evil.example.org")]},
            "Pages of that origin may not join here.",
        ),
        ({"headers": [(b"origin", b"null")]}, "Pages of that origin may not join here."),
    ],
)
def test_a_refused_handshake_says_why(options: Any, sentence: str) -> None:
    async def scene(room: RoomServer) -> None:
        with pytest.raises(RefusedError, match=sentence):
            async with connected(room, **options):
                pass

    play(scene)


def test_pages_of_this_server_and_of_allowed_sites_may_join() -> None:
    async def scene(room: RoomServer) -> None:
        for origin in (room.url, "https://site.example.org"):
            async with connected(room, headers=[(b"origin", origin.encode())]) as socket:
                await join(socket, "Alice")

    play(scene, origins=["https://site.example.org"])


@pytest.mark.parametrize(
    ("path", "host", "status"),
    [
        ("/lobby", "evil.example.org", 403),
        ("/lobby", "", 403),
        ("/-room", "localhost", 404),
        ("/" + "x" * 65, "localhost", 404),
        ("/caf%C3%A9", "localhost", 404),
        ("/a/b", "localhost", 403),
    ],
)
def test_a_foreign_host_and_a_name_that_no_room_can_have(path: str, host: str, status: int) -> None:
    async def scene(room: RoomServer) -> None:
        answer = await exchange(room, upgrade(path, host, "connection: upgrade, close"))
        assert answer.startswith(f"HTTP/1.1 {status}".encode())

    play(scene)


def test_no_compression_is_agreed_on() -> None:
    """With it a small frame becomes a large one before any limit sees it."""

    async def scene(room: RoomServer) -> None:
        stream = await trio.open_tcp_stream("127.0.0.1", room.port)
        async with stream:
            await stream.send_all(
                upgrade("/lobby", "localhost", "sec-websocket-extensions: permessage-deflate")
            )
            answer = (await stream.receive_some()).lower()
        assert answer.startswith(b"http/1.1 101")
        assert b"permessage-deflate" not in answer

    play(scene)


# Messages


def test_two_people_talk_over_real_sockets() -> None:
    async def scene(room: RoomServer) -> None:
        async with connected(room) as alice, connected(room) as bob:
            first = await join(alice, "Alice")
            second = await join(bob, "Bob")
            assert [each["id"] for each in second["participants"]] == [first["id"], second["id"]]
            assert (await hear(alice))["type"] == "participant_joined"
            await say(bob, "message", data={"chat": "naïve 日本 🎭"})
            heard = await hear(alice)
            assert (heard["from"], heard["data"]) == (second["id"], {"chat": "naïve 日本 🎭"})
            await say(bob, "leave")
            assert (await hear(alice))["reason"] == "left"
            with pytest.raises(ConnectionClosed) as closed:
                await bob.get_message()
            assert closed.value.reason.code == 1000

    play(scene)


def test_a_cut_socket_resumes_under_the_same_id() -> None:
    async def scene(room: RoomServer) -> None:
        async with connected(room) as bob:
            await join(bob, "Bob")
            async with connected(room) as alice:
                first = await join(alice, "Alice")
                assert (await hear(bob))["type"] == "participant_joined"
                await alice._stream.aclose()  # as a network does it, without a close frame
            async with connected(room) as alice:
                again = await join(alice, "Alice", resume=first["resume"])
                assert (again["id"], again["resumed"]) == (first["id"], True)
                await say(alice, "message", data="back")
                assert (await hear(bob))["type"] == "message"

    play(scene)


@pytest.mark.parametrize("frame", ["ping", "pong"])
def test_who_sends_frames_without_a_message_is_no_silent_peer(
    frame: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "PING_EVERY", 0.2)
    monkeypatch.setattr(limits, "SILENT_FOR", 1.0)

    async def scene(room: RoomServer) -> None:
        async with connected(room) as socket, trio.open_nursery() as nursery:
            await say(socket, "join", name="Ada")
            await hear(socket)
            nursery.start_soon(hear_until_closed, socket)
            for _ in range(10):
                await (socket.ping() if frame == "ping" else socket.pong())
                await trio.sleep(0.2)
            # Twice as long as one may be silent. Then nothing comes, and the room cuts it.
            assert room.connection_count == 1

    play(scene)


async def hear_until_closed(socket: WebSocketConnection) -> None:
    with contextlib.suppress(ConnectionClosed):
        while True:
            assert (await hear(socket))["type"] == "ping"


def test_a_server_that_stops_tells_everybody_and_its_successor_takes_them_back() -> None:
    async def main() -> None:
        with trio.fail_after(20):
            async with open_room(secret=SECRET) as room, trio.open_nursery() as nursery:
                keys: list[dict[str, Any]] = []
                goodbyes: list[dict[str, Any]] = []

                async def stay(task_status: trio.TaskStatus[None]) -> None:
                    async with connected(room) as socket:
                        keys.append(await join(socket, "Alice"))
                        task_status.started()
                        goodbyes.append(await hear(socket))
                        with pytest.raises(ConnectionClosed) as closed:
                            await socket.get_message()
                        assert closed.value.reason.code == 1012

                await nursery.start(stay)
                port = room.port
                await room.say_goodbye()
                assert goodbyes[0]["code"] == "stopping"
                with pytest.raises(UnreachableError, match="Connection refused"):
                    async with connected(room):
                        pass
            async with open_room(port=port, secret=SECRET) as room, connected(room) as alice:
                again = await join(alice, "Alice", resume=keys[0]["resume"])
                assert (again["id"], again["session"]) == (keys[0]["id"], keys[0]["session"])

    trio.run(main)


BREAKERS = {
    "nonsense": b"\x00\xff\x13\x37" * 64,
    "a header without an end": b"GET / HTTP/1.1\r\nx: " + b"x" * 100_000,
    "a bad header": b"GET / HTTP/1.1\r\nhost : \x00\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\nconnection: close\r\n\r\n",
    "http 2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a bad length": b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: -1\r\n\r\n",
    "a strange path": b"GET /%ff%fe HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
    "a strange method": b"BREW / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
}

FRAMES = {
    "no mask": b"\x81\x02{}",
    "a reserved bit": b"\xf1\x80\x00\x00\x00\x00",
    "bad utf-8": b"\x81\x82\x00\x00\x00\x00\xff\xfe",
    "an endless frame": b"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00" + b"x" * 1000,
    "a close and more": b"\x88\x80\x00\x00\x00\x00\x81\x82\x00\x00\x00\x00{}",
    "a huge ping": b"\x89\xfe\x01\x00\x00\x00\x00\x00" + b"x" * 256,
    "continuation of nothing": b"\x80\x80\x00\x00\x00\x00",
}


@pytest.mark.parametrize(
    "sent",
    [*BREAKERS.values(), *(upgrade() + frame for frame in FRAMES.values())],
    ids=[*BREAKERS, *FRAMES],
)
def test_a_peer_that_breaks_the_rules_ends_its_own_connection_alone(sent: bytes) -> None:
    async def scene(room: RoomServer) -> None:
        async with connected(room) as alice, connected(room) as bob:
            await join(alice, "Alice")
            await join(bob, "Bob")
            await hear(alice)
            stream = await trio.open_tcp_stream("127.0.0.1", room.port)
            async with stream:
                with contextlib.suppress(trio.BrokenResourceError):
                    await stream.send_all(sent)
                    with trio.move_on_after(0.2):
                        while await stream.receive_some():
                            pass
            await say(bob, "message", data="still here")
            assert (await hear(alice))["data"] == "still here"

    play(scene)


@pytest.mark.real
def test_many_silent_connections_hold_up_nobody() -> None:
    async def scene(room: RoomServer) -> None:
        async with contextlib.AsyncExitStack() as stack:
            for _ in range(300):
                await stack.enter_async_context(await trio.open_tcp_stream("127.0.0.1", room.port))
            assert (await get(room, "/-/health"))[2] == "ok\n"
        await all_gone(room)

    play(scene)


# TLS and ports


def test_https_serves_people_and_plain_http_the_agents_beside_it(tmp_path: Path) -> None:
    async def scene(room: RoomServer) -> None:
        assert room.meeting_url().startswith("https://")
        lax = ssl.create_default_context()
        lax.check_hostname, lax.verify_mode = False, ssl.CERT_NONE
        async with connected(room, tls=lax) as alice:
            await join(alice, "Alice")
            async with connected(room, url=room.local_url()) as agent:
                joined = await join(agent, "Agent", agent=True)
                assert len(joined["participants"]) == 2
        # Plain HTTP on the TLS port ends that connection alone.
        assert await exchange(room, b"GET / HTTP/1.1\r\n\r\n") == b""
        async with connected(room, tls=lax) as alice:
            await join(alice, "Alice")

    play(scene, https=True)


def test_a_port_in_use_and_a_port_that_is_none_are_sentences() -> None:
    async def main() -> None:
        async with open_room() as room:
            for port, sentence in (
                (room.port, f"port {room.port} on 127.0.0.1 is in use by another program"),
                (70_000, "70000 is no port"),
            ):
                with pytest.raises(RoomError, match=sentence):
                    async with open_room(port=port):
                        pass
        with pytest.raises(RoomError, match="not an address of this machine"):
            async with open_room("192.0.2.7"):
                pass
        with pytest.raises(RoomError, match="set CALLBOARD_SECRET"):
            async with open_room(private=True):
                pass

    trio.run(main)


def test_a_cancelled_server_leaves_no_socket_open() -> None:
    async def main() -> None:
        with trio.fail_after(10):
            async with trio.open_nursery() as nursery:

                async def serve(task_status: trio.TaskStatus[RoomServer]) -> None:
                    async with open_room() as room:
                        task_status.started(room)
                        await trio.sleep_forever()

                room = await nursery.start(serve)
                stream = await trio.open_tcp_stream("127.0.0.1", room.port)
                await stream.send_all(upgrade())
                assert (await stream.receive_some()).startswith(b"HTTP/1.1 101")
                nursery.cancel_scope.cancel()
            with contextlib.suppress(trio.BrokenResourceError):
                assert await stream.receive_some() == b""
            await stream.aclose()
            with pytest.raises(OSError, match="connect"):
                await trio.open_tcp_stream("127.0.0.1", room.port)

    trio.run(main)
