"""`callboard room`: the room server alone, opened as the options say."""

from __future__ import annotations

import webbrowser
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import attrs
import click
import trio

from actors.call.ice_settings import IceSettingsError, Relay
from actors.protocol import Json, Participant
from actors.room import (
    ParticipantEntered,
    ParticipantExited,
    RoomServer,
    load_certificate,
    open_room,
)
from callboard.cli.options import BadArgumentError, CommandError, common, serving
from callboard.cli.program import start_logs
from callboard.cli.running import run
from callboard.cli.token import VARIABLE, configured_secret

FORMS = (
    "write stun:HOST[:PORT], turn:USER:KEY@HOST[:PORT][?transport=tcp], or turn:HOST with "
    "--turn-secret"
)
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@attrs.frozen
class ServingOptions:
    """The options of `callboard.cli.options.serving`."""

    host: str
    port: int
    private: bool
    https: bool
    tls_cert: Path | None
    tls_key: Path | None
    allow_host: tuple[str, ...]
    allow_origin: tuple[str, ...]
    ice_server: tuple[str, ...]
    turn_secret: str | None
    auto_join: bool
    no_browser: bool

    @property
    def this_machine_alone(self) -> bool:
        """Whether nobody from elsewhere can call: on the loopback, with no proxy before it."""
        return self.host in LOOPBACK and not (self.allow_host or self.allow_origin)

    def open(
        self,
        observe: Callable[[ParticipantEntered | ParticipantExited], None] = lambda event: None,
        admit: Callable[[str, tuple[Participant, ...]], str | None] = lambda room, there: None,
    ) -> AbstractAsyncContextManager[RoomServer]:
        """The server. Raises `CommandError` for options that contradict each other."""
        if (self.tls_cert is None) != (self.tls_key is None):
            raise BadArgumentError("--tls-cert and --tls-key belong together.")
        tls = None
        if self.tls_cert is not None and self.tls_key is not None:
            tls = load_certificate(self.tls_cert, self.tls_key)
        secret = configured_secret()
        if self.private and secret is None:
            raise CommandError(
                f"--private needs a secret that signs the tokens: set {VARIABLE} "
                "(32 characters or more), and make tokens with callboard token."
            )
        return open_room(
            self.host,
            self.port,
            private=self.private,
            secret=secret,
            tls=tls,
            https=self.https,
            hosts=self.allow_host,
            origins=self.allow_origin,
            ice_servers=[
                ice_server(each, with_secret=self.turn_secret is not None)
                for each in self.ice_server
            ],
            turn_secret=self.turn_secret,
            auto_join=self.auto_join,
            observe=observe,
            admit=admit,
        )

    def announce(self, url: str) -> None:
        """Prints the meeting URL, the only line on standard output, and opens the page."""
        click.echo(url)
        if self.host not in LOOPBACK and url.startswith("http://"):
            click.echo(
                "Browsers on other machines give a microphone only over HTTPS: add --https, or "
                "--tls-cert and --tls-key.",
                err=True,
            )

    async def open_page(self, url: str) -> None:
        """Shows the page in a browser, where there is one."""
        if not self.no_browser:
            await trio.to_thread.run_sync(webbrowser.open, url, abandon_on_cancel=True)


def ice_server(text: str, *, with_secret: bool = False) -> Mapping[str, Json]:
    """A browser's ICE server, from stun:HOST[:PORT] or turn:USER:KEY@HOST[:PORT].

    `turns:` and `?transport=tcp` are fine too; with a secret of the server a TURN server needs no
    user and key.
    """
    scheme, _, rest = text.partition(":")
    credentials, at, place = rest.rpartition("@")
    user, colon, key = credentials.partition(":")
    url = f"{scheme}:{place}"
    try:
        server = Relay.parse(url, user or None, key or None)
    except IceSettingsError:
        raise BadArgumentError(f"{text!r} is no ICE server; {FORMS}.") from None
    if server.scheme == "stun" and not at:
        return {"urls": [url]}
    if server.scheme == "turn" and user and colon:
        return {"urls": [url], "username": user, "credential": key}
    if server.scheme == "turn" and not at and with_secret:
        return {"urls": [url]}
    raise BadArgumentError(f"{text!r} is no ICE server; {FORMS}.")


@click.command("room")
@serving
@common
def command(**options: object) -> int:
    """Serve rooms for people and agents, without an agent of its own.

    Prints the address of a room as soon as people can join; every other name makes another room.
    """
    start_logs()
    chosen = ServingOptions(**options)  # pyright: ignore[reportArgumentType]

    async def serve(stop: trio.Event) -> int:
        async with chosen.open() as room:
            chosen.announce(room.meeting_url())
            async with trio.open_nursery() as nursery:
                nursery.start_soon(chosen.open_page, room.meeting_url())
                await stop.wait()
                nursery.cancel_scope.cancel()
        return 0

    return run(serve)
