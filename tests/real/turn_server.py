"""coturn on the loopback, with the secret of the TURN REST form."""

from __future__ import annotations

import contextlib
import shutil
import socket
import ssl
import subprocess
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path

import attrs
import trio

from actors.room.server import _write_self_signed

SECRET = "what the room and its TURN server share"
HERE = "127.0.0.1"
STARTED = 10.0


@attrs.frozen
class TurnServer:
    """A running coturn; `trust` is the TLS context that knows its certificate."""

    port: int
    tls_port: int
    trust: ssl.SSLContext

    def url(self, transport: str) -> str:
        """Its address over `udp`, `tcp` or `tls`."""
        if transport == "tls":
            return f"turns:{HERE}:{self.tls_port}"
        return f"turn:{HERE}:{self.port}?transport={transport}"


def find_coturn() -> str | None:
    return shutil.which("turnserver")


@contextlib.asynccontextmanager
async def open_coturn() -> AsyncGenerator[TurnServer]:
    """A server whose relays are on the loopback too. Ended, whatever happens inside."""
    program = find_coturn()
    assert program is not None
    with tempfile.TemporaryDirectory(prefix="coturn-") as folder:
        certificate, key = Path(folder, "certificate.pem"), Path(folder, "key.pem")
        _write_self_signed([HERE], certificate, key)
        port, tls_port = _free_ports(2)
        process = await trio.lowlevel.open_process(
            [
                program,
                "-n",  # no file of settings
                f"--listening-ip={HERE}",
                f"--relay-ip={HERE}",
                "--allow-loopback-peers",
                f"--listening-port={port}",
                f"--tls-listening-port={tls_port}",
                f"--cert={certificate}",
                f"--pkey={key}",
                "--use-auth-secret",
                f"--static-auth-secret={SECRET}",
                "--realm=callboard.test",
                "--no-dtls",
                "--no-cli",
                f"--userdb={folder}/users",
                f"--pidfile={folder}/pid",
                f"--log-file={folder}/log",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            await _listens(port)
            yield TurnServer(port, tls_port, ssl.create_default_context(cafile=certificate))
        finally:
            process.terminate()
            with trio.CancelScope(shield=True):
                await process.wait()


async def _listens(port: int) -> None:
    with trio.fail_after(STARTED):
        while True:
            with contextlib.suppress(OSError):
                await (await trio.open_tcp_stream(HERE, port)).aclose()
                return
            await trio.sleep(0.05)


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind((HERE, 0))
        return [each.getsockname()[1] for each in sockets]
