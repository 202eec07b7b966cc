"""Answers requests as an ASGI application: page, API, sockets, and who may open them."""

from __future__ import annotations

import hashlib
import ipaddress
import socket
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import PurePosixPath
from typing import Protocol
from urllib.parse import urlsplit

import attrs
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from actors.protocol import SUBPROTOCOL, is_room_name
from actors.room.line import Line
from actors.room.rooms import Rooms
from actors.room.serving import MeteredConnection

CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
}
INDEX = "index.html"


@attrs.frozen
class Asset:
    """A file as it is served; its `tag` changes with its content."""

    content: bytes
    content_type: str
    tag: str


def load_assets() -> Mapping[str, Asset]:
    found: dict[str, Asset] = {}
    for entry in resources.files("actors.room").joinpath("page").iterdir():
        content_type = CONTENT_TYPES.get(PurePosixPath(entry.name).suffix)
        if content_type is not None and entry.is_file():
            content = entry.read_bytes()
            tag = '"' + hashlib.sha256(content).hexdigest()[:16] + '"'
            found[entry.name] = Asset(content, content_type, tag)
    return found


DEFAULT_PORTS = {"http": 80, "https": 443}


class Guard:
    """Checks the Host and Origin headers.

    A page elsewhere whose name is made to point here (DNS rebinding) comes with its own name as
    Host. So only addresses, this machine's names and the configured ones pass. A socket's Origin
    is the server's own or a configured one; programs send none.
    """

    def __init__(self, *, host: str, hosts: Iterable[str] = (), origins: Iterable[str] = ()):
        machine = socket.gethostname().lower()
        own = {host.lower(), "localhost", machine, machine.removesuffix(".local") + ".local"}
        self._hosts = own | {each.lower() for each in hosts}
        self._origins = {each.lower().rstrip("/") for each in origins}

    def knows_host(self, header: str | None) -> bool:
        name = _host_name(header)
        if name is None:
            return False
        return name in self._hosts or name.endswith(".localhost") or _is_address(name)

    def trusts_origin(self, header: str | None, host: str | None) -> bool:
        """Whether a page of this origin may open a socket here."""
        if header is None:
            return True
        if "*" in self._origins or header.lower() in self._origins:
            return True
        try:
            origin = urlsplit(header.lower())
            own = urlsplit(f"{origin.scheme}://{(host or '').lower()}")
            default = DEFAULT_PORTS.get(origin.scheme)
            same_port = (origin.port or default) == (own.port or default)
        except ValueError:
            return False
        return origin.hostname is not None and origin.hostname == own.hostname and same_port


def _host_name(header: str | None) -> str | None:
    try:
        return urlsplit(f"//{header}").hostname if header else None
    except ValueError:
        return None


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' blob: mediastream:; connect-src 'self' ws: wss:; manifest-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
PAGE_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "permissions-policy": "microphone=(self), camera=(self), display-capture=(self)",
    "referrer-policy": "same-origin",
    "cache-control": "no-cache",
}
ASSET_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    # The client module is for other people's pages too.
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
    "cache-control": "no-cache",
}


class Status(Protocol):
    """What the application asks its server."""

    @property
    def ready(self) -> bool: ...

    @property
    def connection_count(self) -> int: ...


class Application:
    """The routes of a room server."""

    def __init__(self, rooms: Rooms, guard: Guard, status: Status, *, auto_join: bool) -> None:
        self._rooms = rooms
        self._guard = guard
        self._status = status
        self._auto_join = auto_join
        self._assets = load_assets()

    def starlette(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/", self._page),
                Route("/favicon.ico", self._no_icon),
                Route("/-/health", self._health),
                Route("/-/ready", self._ready),
                Route("/-/metrics", self._metrics),
                Route("/-/rooms/{room}", self._who),
                Route("/-/{asset}", self._asset),
                Route("/{room}", self._page),
                WebSocketRoute("/{room}", self._socket),
            ],
            middleware=[Middleware(_KnownHost, guard=self._guard)],
        )

    async def _page(self, request: Request) -> Response:
        room = request.path_params.get("room")
        if room is not None and not is_room_name(room):
            return _no_such_room()
        return self._serve_asset(request, INDEX, PAGE_HEADERS)

    async def _no_icon(self, request: Request) -> Response:
        return Response(status_code=404)

    async def _asset(self, request: Request) -> Response:
        return self._serve_asset(request, request.path_params["asset"], ASSET_HEADERS)

    def _serve_asset(self, request: Request, name: str, headers: dict[str, str]) -> Response:
        asset = self._assets.get(name)
        if asset is None:
            return PlainTextResponse("There is no such file.\n", status_code=404)
        headers = {**headers, "etag": asset.tag}
        if request.headers.get("if-none-match") == asset.tag:
            return Response(status_code=304, headers=headers)
        return Response(asset.content, media_type=asset.content_type, headers=headers)

    async def _health(self, request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def _ready(self, request: Request) -> Response:
        if self._status.ready:
            return PlainTextResponse("ready\n")
        return PlainTextResponse("stopping\n", status_code=503)

    async def _metrics(self, request: Request) -> Response:
        meetings = self._rooms.meetings.values()
        text = self._rooms.figures.prometheus(
            rooms=len(meetings),
            participants=sum(len(meeting.seats) for meeting in meetings),
            connections=self._status.connection_count,
        )
        return PlainTextResponse(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    async def _who(self, request: Request) -> Response:
        room: str = request.path_params["room"]
        if not is_room_name(room):
            return _no_such_room()
        meeting = None if self._rooms.house.private else self._rooms.meetings.get(room)
        shown = [
            {"id": each.id, "name": each.name, "agent": each.agent}
            for each in (meeting.participants() if meeting else ())
            if not each.hidden
        ]
        return JSONResponse(
            {
                "room": room,
                "private": self._rooms.house.private,
                "auto_join": self._auto_join,
                "participants": shown,
            },
            headers={"cache-control": "no-store"},
        )

    async def _socket(self, websocket: WebSocket) -> None:
        _without_compression(websocket)
        refusal = self._refusal(websocket)
        if refusal is not None:
            await websocket.send_denial_response(refusal)
            return
        await websocket.accept(SUBPROTOCOL)
        connection: MeteredConnection = websocket.state.connection
        await Line(websocket, websocket.path_params["room"], self._rooms, connection).run()

    def _refusal(self, websocket: WebSocket) -> Response | None:
        if not is_room_name(websocket.path_params["room"]):
            return _no_such_room()
        if SUBPROTOCOL not in websocket.scope["subprotocols"]:
            return PlainTextResponse(f"Ask for the subprotocol {SUBPROTOCOL}.\n", status_code=400)
        headers = websocket.headers
        if not self._guard.trusts_origin(headers.get("origin"), headers.get("host")):
            return PlainTextResponse(
                "Pages of that origin may not join here. The server allows more by "
                "--allow-origin.\n",
                status_code=403,
            )
        if not self._status.ready:
            return PlainTextResponse("The server is stopping.\n", status_code=503)
        return None


def _no_such_room() -> Response:
    return PlainTextResponse(
        "A room's name has 1 to 64 letters, digits, dots, dashes and underscores, and begins with "
        "a letter or digit.\n",
        status_code=404,
    )


def _without_compression(websocket: WebSocket) -> None:
    """Takes permessage-deflate out of a handshake.

    Hypercorn has no switch for it, and with it a 64 kB frame becomes 64 MB before any limit sees
    its size. The application's `send` is a method of Hypercorn's stream, which holds the offer.
    """
    send = websocket.scope["callboard.send"]
    send.__self__.handshake.extensions = None


class _KnownHost:
    """Answers only those who call this server by its name; adds what every answer carries."""

    def __init__(self, app: ASGIApp, guard: Guard) -> None:
        self._app = app
        self._guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
        scope["callboard.send"] = send
        if self._guard.knows_host(host):
            await self._app(scope, receive, _with_nosniff(send))
            return
        refusal = PlainTextResponse(
            "This server does not answer to that name. It knows more by --allow-host.\n",
            status_code=403,
        )
        if scope["type"] == "websocket":
            await WebSocket(scope, receive, send).send_denial_response(refusal)
        else:
            await refusal(scope, receive, send)


def _with_nosniff(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            message["headers"] = [*message["headers"], (b"x-content-type-options", b"nosniff")]
        await send(message)

    return sending
