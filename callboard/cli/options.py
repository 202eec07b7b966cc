"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import attrs
import click

F = TypeVar("F", bound=Callable[..., object])

DEFAULT_PORT = 8765


@attrs.define
class Common:
    """What holds for the whole program run."""

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
        click.option("--auto-join", is_flag=True, help="?join=1 joins without a click anywhere."),
        click.option("--no-browser", is_flag=True, help="Do not open the page."),
    )
    for choice in reversed(choices):
        command = choice(command)
    return command


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
