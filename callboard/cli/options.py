"""Options that several commands share, and what a command says when it cannot go on."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

import attrs
import click

from actors.call.ice_settings import IceSettings

F = TypeVar("F", bound=Callable[..., object])

DEFAULT_PORT = 8765


@attrs.define
class Common:
    """Options of the whole program."""

    debug: bool = False
    verbose: bool = False
    log_content: bool = False


def common(command: F) -> F:
    """`--debug`, `--verbose` and `--log-content`."""
    for name, what in (
        ("log-content", "Show in the logs what people say."),
        ("verbose", "Log more."),
        ("debug", "Show where an error came from."),
    ):
        command = click.option(
            f"--{name}", is_flag=True, expose_value=False, callback=_remember, help=what
        )(command)
    return command


def _remember(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    settings = context.find_object(Common)
    if value and settings is not None:
        setattr(settings, parameter.name, True)


def serving(command: F) -> F:
    """Where a server binds, and who may reach it."""
    choices = (
        click.option("--host", default="127.0.0.1", show_default=True, help="Address to bind."),
        click.option(
            "--port",
            type=click.IntRange(0, 65535),
            default=DEFAULT_PORT,
            show_default=True,
            help="Port to bind; 0 takes any free one.",
        ),
        click.option("--private", is_flag=True, help="Joining needs a token (callboard token)."),
        click.option("--https", is_flag=True, help="Serve a certificate that signs itself."),
        click.option("--tls-cert", type=_FILE, help="Certificate chain (PEM)."),
        click.option("--tls-key", type=_FILE, help="Its private key (PEM)."),
        click.option("--allow-host", multiple=True, help="Another name of this server."),
        click.option("--allow-origin", multiple=True, help="A site whose pages may join."),
        click.option("--ice-server", multiple=True, help="stun:HOST[:PORT] or turn:USER:KEY@HOST."),
        click.option(
            "--turn-secret",
            envvar="CALLBOARD_TURN_SECRET",
            help="Shared with the TURN servers: makes a password for each join.",
        ),
        click.option("--auto-join", is_flag=True, help="?join=1 joins without a click anywhere."),
        click.option("--no-browser", is_flag=True, help="Do not open the page."),
    )
    for choice in reversed(choices):
        command = choice(command)
    return command


def reaching(command: F) -> F:
    """How others may reach this machine's calls: one argument `reach` of the command."""

    def gathered(*arguments: object, **options: object) -> object:
        kept = {key: value for key, value in options.items() if key not in _REACHING}
        given = {key: value for key, value in options.items() if key in _REACHING}
        return command(*arguments, reach=IceSettings(**given), **kept)  # pyright: ignore[reportArgumentType]  (click checks them)

    wrapped = cast(F, functools.wraps(command)(gathered))
    for choice in reversed(
        (
            click.option(
                "--relay-only", is_flag=True, help="Only through a TURN server; show no address."
            ),
            click.option(
                "--udp-ports",
                metavar="FIRST-LAST",
                callback=_port_range,
                help="Bind only these, as in 40000-40999.",
            ),
            click.option("--public-ip", help="This machine's address outside of a 1:1 NAT."),
            click.option(
                "--interfaces",
                metavar="NAME,...",
                callback=_listed,
                help="Offer only these network interfaces, or addresses.",
            ),
        )
    ):
        wrapped = choice(wrapped)
    return wrapped


_REACHING = frozenset(("relay_only", "udp_ports", "public_ip", "interfaces"))


def _port_range(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> tuple[int, int] | None:
    if value is None:
        return None
    first, dash, last = value.partition("-")
    if not (dash and first.isdigit() and last.isdigit()):
        raise click.BadParameter(
            f"{value!r} is no range of ports; write FIRST-LAST, as in 40000-40999",
            context,
            parameter,
        )
    return int(first), int(last)


def _listed(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> tuple[str, ...]:
    return tuple(each.strip() for each in (value or "").split(",") if each.strip())


def agent_arguments(command: F) -> F:
    """`--arg KEY=VALUE`, as often as needed."""
    return click.option(
        "--arg",
        "args",
        multiple=True,
        metavar="KEY=VALUE",
        callback=_pairs,
        help="For the agent: call.args[KEY] is VALUE. May be repeated.",
    )(command)


def _pairs(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for value in values:
        key, equals, rest = value.partition("=")
        if not equals or not key:
            raise click.BadParameter(f"{value!r} is not KEY=VALUE", context, parameter)
        pairs[key] = rest
    return pairs


_FILE = click.Path(path_type=Path, dir_okay=False)


class CommandError(Exception):
    """A sentence for the person at the terminal, and the exit code that goes with it."""

    def __init__(self, message: str, *, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


class BadArgumentError(CommandError):
    """An argument that cannot be meant."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code=2)
