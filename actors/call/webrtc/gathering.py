"""Finding the addresses under which we can be reached (RFC 8445, section 5.1.1).

aioice knows one STUN and one TURN server, any port, and waits 5 s for one that does not answer.
"""

import asyncio
import ipaddress
import random
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence

import attrs
import ifaddr
from aioice import stun, turn
from aioice.candidate import Candidate, candidate_foundation, candidate_priority
from aioice.ice import StunProtocol, relayed_candidate

from actors.call.ice_settings import IceSettings, IceSettingsError, Relay

STUN_SECONDS = 1.0
"""A call begins by then, with or without what STUN servers say."""

TURN_SECONDS, RELAY_ONLY_SECONDS = 2.0, 8.0
STAGGER = 0.4
"""Seconds after which the next TURN server is tried beside the one before it."""

COMPONENT = 1

MakeProtocol = Callable[[], StunProtocol]
Open = Callable[[str, int], Awaitable[StunProtocol]]
"""Opens a UDP socket at an address and port of this machine; raises `OSError`."""


@attrs.define
class Gathered:
    """What was found, and sentences about what was not."""

    candidates: list[Candidate] = attrs.field(factory=list[Candidate])
    protocols: list[StunProtocol] = attrs.field(factory=list[StunProtocol])
    troubles: list[str] = attrs.field(factory=list[str])


async def gather(
    reach: IceSettings, addresses: Sequence[str], make: MakeProtocol, open_host: Open | None = None
) -> Gathered:
    """Host, reflexive and relayed candidates, all at once.

    `make` makes what takes a socket's datagrams, `open_host` the sockets of this machine's own
    addresses: the event loop's, unless given. What was opened stands in `protocols`, and is the
    caller's to close; a cancelled call leaves nothing open.
    """
    found = Gathered()
    try:
        await _gather_hosts(reach, addresses, open_host or _by_the_loop(make), found)
        hosts = tuple(found.protocols)
        await asyncio.gather(
            _ask_stun(reach.of("stun"), hosts, found), _ask_turn(reach, make, found)
        )
    except BaseException:  # also when cancelled: nobody else knows these sockets yet
        for protocol in found.protocols:
            protocol.transport.close()
        raise
    if reach.public_ip is not None:
        found.candidates += [
            _reflexive(protocol, (reach.public_ip, protocol.local_candidate.port))
            for protocol in hosts
            if _is_behind_nat(protocol.local_candidate.host)
        ]
    return found


def chosen_addresses(addresses: Sequence[str], interfaces: Sequence[str]) -> list[str]:
    """Those of this machine's addresses that lie on these interfaces.

    Raises:
        IceSettingsError: an interface is not there; the text names those that are.
    """
    if not interfaces:
        return list(addresses)
    by_name: dict[str, set[str]] = {}
    for adapter in ifaddr.get_adapters():
        known = {str(ip.ip[0] if isinstance(ip.ip, tuple) else ip.ip) for ip in adapter.ips}
        for name in (adapter.name, adapter.nice_name, *known):
            by_name.setdefault(name, set()).update({name} if name in known else known)
    unknown = [each for each in interfaces if each not in by_name]
    if unknown:
        raise IceSettingsError(
            f"there is no network interface {unknown[0]}; there are {', '.join(sorted(by_name))}"
        )
    chosen = set[str]().union(*(by_name[each] for each in interfaces))
    return [address for address in addresses if address in chosen]


async def _gather_hosts(
    reach: IceSettings, addresses: Sequence[str], open_host: Open, found: Gathered
) -> None:
    for address in addresses:
        protocol = await _bind(address, reach.udp_ports, open_host)
        if protocol is None:
            if reach.udp_ports is not None:
                first, last = reach.udp_ports
                found.troubles.append(
                    f"no UDP port from {first} to {last} is free on {address}: widen --udp-ports"
                )
            continue
        sock = protocol.transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, turn.UDP_SOCKET_BUFFER_SIZE)
        host, port = protocol.transport.get_extra_info("sockname")[:2]
        protocol.local_candidate = _candidate("host", host, port)
        found.protocols.append(protocol)
        found.candidates.append(protocol.local_candidate)


async def _bind(
    address: str, ports: tuple[int, int] | None, open_host: Open
) -> StunProtocol | None:
    """A socket on a free port, from a random place in the range on; None where there is none."""
    if ports is None:
        wanted: Sequence[int] = (0,)
    else:
        span = ports[1] - ports[0] + 1
        start = random.randrange(span)
        wanted = [ports[0] + (start + step) % span for step in range(span)]
    for port in wanted:
        try:
            return await open_host(address, port)
        except OSError:
            continue
    return None


def _by_the_loop(make: MakeProtocol) -> Open:
    async def open_host(address: str, port: int) -> StunProtocol:
        loop = asyncio.get_running_loop()
        _, protocol = await loop.create_datagram_endpoint(make, local_addr=(address, port))
        return protocol

    return open_host


# STUN


async def _ask_stun(
    servers: Sequence[Relay], hosts: Sequence[StunProtocol], found: Gathered
) -> None:
    """Ask all servers from all addresses; the first answer for each address counts."""
    if not servers or not hosts:
        return
    places = {server: await _address_of(server, found) for server in servers}
    asking = {
        asyncio.ensure_future(_reflected(protocol, place)): (protocol, server)
        for server, place in places.items()
        if place is not None
        for protocol in hosts
        if ipaddress.ip_address(protocol.local_candidate.host).version == 4
    }
    try:
        if asking:
            await asyncio.wait(asking, timeout=STUN_SECONDS)
        seen = set[StunProtocol]()
        answered = set[Relay]()
        for task, (protocol, server) in asking.items():
            mapped = task.result() if task.done() and not task.cancelled() else None
            if mapped is None:
                continue
            answered.add(server)
            if protocol not in seen and mapped[0] != protocol.local_candidate.host:
                seen.add(protocol)
                found.candidates.append(_reflexive(protocol, mapped))
        found.troubles += [
            f"{server} did not answer within {STUN_SECONDS:g} s"
            for server, place in places.items()
            if place is not None and server not in answered
        ]
    finally:
        for task in asking:
            task.cancel()


async def _reflected(protocol: StunProtocol, server: tuple[str, int]) -> tuple[str, int] | None:
    request = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
    try:
        response, _ = await protocol.request(request, server)
    except (stun.TransactionError, OSError):
        return None
    mapped: tuple[str, int] | None = response.attributes.get("XOR-MAPPED-ADDRESS")
    return mapped


async def _address_of(server: Relay, found: Gathered) -> tuple[str, int] | None:
    try:
        ipaddress.IPv4Address(server.host)
        return server.host, server.port
    except ValueError:
        pass
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(STUN_SECONDS):
            infos = await loop.getaddrinfo(
                server.host, server.port, family=socket.AF_INET, type=socket.SOCK_DGRAM
            )
    except (OSError, TimeoutError):
        found.troubles.append(f"{server}: there is no such host")
        return None
    return str(infos[0][4][0]), server.port


def _reflexive(protocol: StunProtocol, mapped: tuple[str, int]) -> Candidate:
    return _candidate("srflx", *mapped, protocol.local_candidate)


def _candidate(kind: str, host: str, port: int, local: Candidate | None = None) -> Candidate:
    """A candidate of UDP; `local` is the host's, through which another kind is reached."""
    return Candidate(
        foundation=candidate_foundation(kind, "udp", local.host if local else host),
        component=COMPONENT,
        transport="udp",
        priority=candidate_priority(COMPONENT, kind),
        host=host,
        port=port,
        type=kind,
        related_address=local.host if local else None,
        related_port=local.port if local else None,
    )


def _is_behind_nat(host: str) -> bool:
    address = ipaddress.ip_address(host)
    return address.version == 4 and not address.is_loopback


# TURN


async def _ask_turn(reach: IceSettings, make: MakeProtocol, found: Gathered) -> None:
    """An allocation at the first server that gives one; the next is tried when one is slow."""
    servers = reach.of("turn")
    limit = RELAY_ONLY_SECONDS if reach.relay_only else TURN_SECONDS
    tasks: dict[asyncio.Task[StunProtocol], Relay] = {}
    loop = asyncio.get_running_loop()
    deadline = loop.time() + limit
    relayed: StunProtocol | None = None
    waiting = list(servers)
    try:
        while relayed is None and (waiting or tasks):
            if waiting:
                server = waiting.pop(0)
                tasks[asyncio.create_task(_allocate(reach, server, make))] = server
            left = deadline - loop.time()
            done, _ = await asyncio.wait(
                tasks,
                timeout=min(STAGGER, left) if waiting else left,
                return_when=asyncio.FIRST_COMPLETED,
            )
            for task in done:
                server = tasks.pop(task)
                error = task.exception()
                if error is None and relayed is None:
                    relayed = task.result()
                elif error is None:
                    task.result().transport.close()
                else:
                    found.troubles.append(f"{server}: {_why(error)}")
            if loop.time() >= deadline:
                break
    finally:
        for task, server in tasks.items():
            if relayed is None:
                found.troubles.append(f"{server} did not answer in time")
            task.cancel()
        # A cancelled allocation closes its own socket.
        if tasks:
            await asyncio.wait(tasks)
    if relayed is not None:
        found.protocols.append(relayed)
        found.candidates.append(relayed.local_candidate)


async def _allocate(reach: IceSettings, server: Relay, make: MakeProtocol) -> StunProtocol:
    tls: ssl.SSLContext | bool = False
    if server.transport == "tls":
        tls = reach.tls or ssl.create_default_context()
    _, protocol = await relayed_candidate(
        component=COMPONENT,
        hide_related_address=reach.relay_only,
        protocol_factory=make,
        turn_server=(server.host, server.port),
        turn_username=server.username,
        turn_password=server.credential,
        turn_ssl=tls,  # type: ignore[arg-type]  # asyncio takes a context where aioice says bool
        turn_transport="udp" if server.transport == "udp" else "tcp",
    )
    return protocol


def _why(error: BaseException) -> str:
    if isinstance(error, stun.TransactionFailed):
        code, reason = error.response.attributes.get("ERROR-CODE", (0, ""))
        if code == 401:
            return "it does not accept the user name and password"
        return f"it refused: {code} {reason}".strip()
    if isinstance(error, stun.TransactionTimeout):
        return "it did not answer"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return str(error) or type(error).__name__
