"""`callboard token`: a meeting token for a room, signed by the secret of the environment."""

from __future__ import annotations

import os
import re

import click

from actors.protocol import is_room_name
from actors.room.tokens import ANY_ROOM, Signer
from callboard.cli.options import BadArgumentError, CommandError, common

VARIABLE = "CALLBOARD_SECRET"


def configured_secret() -> str | None:
    """The secret in CALLBOARD_SECRET, or None where it is unset or empty."""
    return os.environ.get(VARIABLE) or None


def check_room_name(room: str) -> None:
    """Raise `BadArgumentError` where no room can have this name."""
    if not is_room_name(room):
        raise BadArgumentError(
            f"{room!r} is no name of a room: 1 to 64 letters, digits, dots, dashes and "
            "underscores, beginning with a letter or digit."
        )


UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
LONGEST = 10 * 365 * 86400


def seconds_of(text: str) -> int:
    """Seconds in a duration such as 90s, 15m, 1h or 7d. Raises `BadArgumentError`."""
    match = re.fullmatch(r"(\d{1,9})([smhd])", text)
    seconds = int(match[1]) * UNITS[match[2]] if match else 0
    if not 0 < seconds <= LONGEST:
        raise BadArgumentError(f"{text!r} is no duration; write 90s, 15m, 1h or 7d.")
    return seconds


@click.command("token")
@click.argument("room")
@click.option("--name", help="The name that its bearer has, whatever they say.")
@click.option("--owner", is_flag=True, help="May mute and eject others.")
@click.option("--agent", is_flag=True, help="For a program.")
@click.option("--hidden", is_flag=True, help="Hears without being shown.")
@click.option("--ttl", default="1h", show_default=True, help="How long it holds: 90s, 15m, 1h, 7d.")
@common
def command(
    room: str, *, name: str | None, owner: bool, agent: bool, hidden: bool, ttl: str
) -> None:
    """Print a token that lets its bearer into ROOM (* is any room).

    It is signed with the secret in CALLBOARD_SECRET, which the server has to know too.
    """
    if room != ANY_ROOM:
        check_room_name(room)
    seconds = seconds_of(ttl)
    secret = configured_secret()
    if secret is None:
        raise CommandError(
            f"{VARIABLE} is not set: tokens are signed with the secret that the server knows."
        )
    token = Signer(secret).meeting_token(
        room, seconds=seconds, name=name, owner=owner, agent=agent, hidden=hidden
    )
    click.echo(token)
