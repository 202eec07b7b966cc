"""The room server: one port for page, signalling and API."""

from __future__ import annotations

import datetime
import errno
import ipaddress
import socket
import ssl
import tempfile
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import trio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypercorn.typing import ASGIFramework

from actors import protocol
from actors.errors import RoomError
from actors.protocol import Json, Participant, is_room_name, limits
from actors.room.application import Application, Guard
from actors.room.outbox import Farewell
from actors.room.rooms import House, ParticipantEntered, ParticipantExited, Rooms
from actors.room.serving import BoundPort, Serving
from actors.room.tokens import Relays, Signer

WILDCARDS = ("0.0.0.0", "::", "")
LAST_PORT = 65535


async def bind(host: str, port: int) -> trio.SocketListener:
    """A listening socket. Raises `RoomError` with what to do."""
    if not 0 <= port <= LAST_PORT:
        # A system's resolver may take 70000 for 4464.
        raise RoomError(f"{port} is no port; ports go from 0 (any free one) to {LAST_PORT}.")
    where = f"port {port} on {host}"
    try:
        first, *others = await trio.open_tcp_listeners(port, host=host or None)
    except socket.gaierror as error:
        raise RoomError(f"{host} is not a name of this machine.") from error
    except OSError as error:
        raise RoomError(_why(error.errno, where, host)) from error
    # A name may stand for several addresses, with port 0 each with another port: one is enough.
    for listener in others:
        await listener.aclose()
    return first


def _why(number: int | None, where: str, host: str) -> str:
    if number == errno.EADDRINUSE:
        return f"{where} is in use by another program; choose another with --port, or --port 0."
    if number == errno.EACCES:
        return f"{where} is reserved for the system; choose a port from 1024."
    if number == errno.EADDRNOTAVAIL:
        return f"{host} is not an address of this machine."
    return f"{where} cannot be opened."


def port_of(listener: trio.SocketListener) -> int:
    return int(listener.socket.getsockname()[1])


def shown_host(host: str) -> str:
    """The host part of an address that reaches a server bound to `host`."""
    if host in WILDCARDS:
        return own_address()
    return f"[{host}]" if ":" in host else host


def own_address() -> str:
    """This machine's address in its local network; the loopback's where there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Connecting a datagram socket sends nothing: it only asks for the route.
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


DAYS = 30


def load_certificate(certificate: Path, key: Path) -> ssl.SSLContext:
    """A context that serves the certificate chain and key of two PEM files.

    Raises `RoomError` where they cannot be read or do not belong together.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(certificate, key)
    except ssl.SSLError as error:
        reason = error.reason or "no PEM file"
        raise RoomError(
            f"The certificate {certificate} with the key {key} cannot be used: {reason}."
        ) from error
    except OSError as error:
        name = error.filename or certificate
        raise RoomError(f"The certificate cannot be read: {name}: {error.strerror}.") from error
    return context


def self_signed(names: Iterable[str]) -> ssl.SSLContext:
    """A context with a fresh key whose certificate holds for these names and addresses.

    Browsers warn of it once and then give microphones; good for a local network.
    """
    with tempfile.TemporaryDirectory(prefix="callboard-") as folder:
        certificate, key = Path(folder, "certificate.pem"), Path(folder, "key.pem")
        _write_self_signed(sorted(set(names)), certificate, key)
        return load_certificate(certificate, key)


def _write_self_signed(names: list[str], certificate_path: Path, key_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Callboard")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=DAYS))
        .add_extension(x509.SubjectAlternativeName([_name(each) for each in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


GOODBYE_SECONDS = 0.5
DEFAULT_ROOM = "lobby"


class RoomServer:
    """A running server. Made by `open_room`."""

    def __init__(self, *, rooms: Rooms, scheme: str, host: str) -> None:
        self.rooms = rooms
        """Every meeting that goes on now."""
        self.ready = False
        """Whether people can join."""
        self._scheme = scheme
        self._host = host
        self.port = 0
        """The port that people use."""
        self._local_port = 0
        self._serving: Serving | None = None

    @property
    def url(self) -> str:
        """The address of the server, without a slash at its end."""
        return f"{self._scheme}://{shown_host(self._host)}:{self.port}"

    @property
    def connection_count(self) -> int:
        """Open TCP connections."""
        return len(self._serving.connections) if self._serving else 0

    def meeting_url(self, room: str = DEFAULT_ROOM) -> str:
        """Return a room's address for people. Raises `ValueError` for a name no room can have."""
        return f"{self.url}/{_checked(room)}"

    def local_url(self, room: str = DEFAULT_ROOM) -> str:
        """Return a room's address for agents beside this server: plain HTTP over the loopback."""
        loopback = self._scheme == "https" or self._host in WILDCARDS
        host = "127.0.0.1" if loopback else self._host
        return f"http://{shown_host(host)}:{self._local_port}/{_checked(room)}"

    def participants(self, room: str) -> tuple[Participant, ...]:
        """Return everybody in a room, in order of arrival."""
        meeting = self.rooms.meetings.get(room)
        return meeting.participants() if meeting else ()

    def token(self, room: str, *, seconds: float = 3600.0, **claims: Json) -> str:
        """Return a meeting token for a room, with claims such as `name`, `owner`, `agent`."""
        return self.rooms.house.signer.meeting_token(room, seconds=seconds, claims=claims)

    async def run(
        self,
        application: ASGIFramework,
        tls: ssl.SSLContext | None,
        port: int,
        *,
        task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """Serve until cancelled; people can join once the task has started."""
        listener = await bind(self._host, port)
        ports = [BoundPort(listener, tls)]
        try:
            if tls is not None:
                ports.append(BoundPort(await bind("127.0.0.1", 0)))
            self.port = port_of(listener)
            self._local_port = port_of(ports[-1].listener)
            self._serving = Serving(application, self.rooms.figures)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._expire)
                nursery.start_soon(self._serving.run, ports)
                self.ready = True
                task_status.started()
        finally:
            self.ready = False
            with trio.CancelScope(shield=True):
                for each in ports:
                    await each.listener.aclose()

    async def say_goodbye(self) -> None:
        """Tell everybody that the server stops, and wait a moment until they have heard it."""
        self.ready = False
        if self._serving is None:
            return
        error = protocol.Error("stopping", "The server stops.", fatal=True)
        farewell = Farewell(1012, protocol.to_json(error))
        for meeting in self.rooms.meetings.values():
            for seat in meeting.seats.values():
                seat.outbox.end(farewell)
        await self._serving.finish()
        with trio.move_on_after(GOODBYE_SECONDS):
            await self._serving.wait_all_gone()

    async def _expire(self) -> None:
        while True:
            # A seat can only be lost from now on, so nothing is due sooner than that.
            now = trio.current_time()
            due = min(self.rooms.next_expiry(), now + limits.LEAVE_AFTER)
            await trio.sleep_until(max(due, now + 0.1))
            self.rooms.expire(trio.current_time())


def _checked(room: str) -> str:
    if not is_room_name(room):
        raise ValueError(
            f"{room!r} is no name of a room: 1 to 64 letters, digits, dots, dashes and "
            "underscores, beginning with a letter or digit."
        )
    return room


def _nothing(event: ParticipantEntered | ParticipantExited) -> None: ...


def _everybody(room: str, participants: tuple[Participant, ...]) -> str | None:
    return None


@asynccontextmanager
async def open_room(
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    private: bool = False,
    secret: str | None = None,
    tls: ssl.SSLContext | None = None,
    https: bool = False,
    hosts: Iterable[str] = (),
    origins: Iterable[str] = (),
    ice_servers: Iterable[Mapping[str, Json]] = (),
    turn_secret: str | None = None,
    participants: int = limits.PARTICIPANTS,
    auto_join: bool = False,
    observe: Callable[[ParticipantEntered | ParticipantExited], None] = _nothing,
    admit: Callable[[str, tuple[Participant, ...]], str | None] = _everybody,
) -> AsyncGenerator[RoomServer]:
    """Open a room server for the length of the block.

    On leaving, everybody is told, and every socket is closed; cancelling closes them at once.

    Args:
        host: the address that it listens on.
        port: 0 takes any free one.
        private: whether people need a meeting token; then `secret` must be given.
        secret: signs the meeting tokens.
        tls: the certificate to serve (`actors.room.server.load_certificate`).
        https: whether to serve a certificate that signs itself, where `tls` is not given.
        hosts: more hosts that this server answers to.
        origins: more sites whose pages may join.
        ice_servers: STUN and TURN servers for everybody, as browsers take them.
        turn_secret: shared with the TURN servers: makes a password for each join.
        participants: how many people a room takes.
        auto_join: whether an address with `?join=1` joins without a click from anywhere.
        observe: called with each `ParticipantEntered` and `ParticipantExited`.
        admit: `admit(room, participants)` may refuse a person with a sentence.

    Raises:
        RoomError: the port, the certificate or the secret cannot be used.
    """
    if private and secret is None:
        raise RoomError(
            "A private server needs a secret that signs its meeting tokens: set CALLBOARD_SECRET."
        )
    signer = Signer.random() if secret is None else Signer(secret)
    if https and tls is None:
        names = {"localhost", "127.0.0.1", "::1", socket.gethostname(), own_address()}
        if host not in WILDCARDS:
            names.add(host)
        tls = self_signed(names)
    house = House(
        signer=signer,
        private=private,
        participants=participants,
        relays=Relays(tuple(ice_servers), turn_secret),
        observe=observe,
        admit=admit,
    )
    rooms = Rooms(house)
    server = RoomServer(rooms=rooms, scheme="https" if tls else "http", host=host)
    guard = Guard(host=host, hosts=hosts, origins=origins)
    application = Application(rooms, guard, server, auto_join=auto_join).starlette()
    problem: Exception | None = None
    async with trio.open_nursery() as nursery:
        try:
            await nursery.start(server.run, cast(ASGIFramework, application), tls, port)
            yield server
            await server.say_goodbye()
        except Exception as error:
            # Raised below, so that the caller sees its own exception and not a group of one.
            problem = error
        finally:
            nursery.cancel_scope.cancel()
    if problem is not None:
        raise problem
