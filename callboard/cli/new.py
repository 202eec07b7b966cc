"""`callboard new`: an agent to begin with, and its test."""

from __future__ import annotations

import keyword
from importlib import resources
from pathlib import Path

import click

from callboard.cli.options import BadArgumentError, CommandError, common
from callboard.hidden import PACKAGES

PLACEHOLDER = "my_agent"
"""How the agent is called in what is copied."""


@click.command("new")
@click.argument("name")
@common
def command(name: str) -> int:
    """Write NAME.py, an agent that answers, and test_NAME.py, into this folder."""
    name = name.removesuffix(".py").replace("-", "_")
    if not name.isidentifier() or keyword.iskeyword(name):
        raise BadArgumentError(
            f"{name!r} cannot be an agent's name: letters, digits and underscores, beginning with "
            "a letter, as in barista."
        )
    if name in PACKAGES:
        raise BadArgumentError(f"{name} is a package of Callboard's own; choose another name.")
    files = {Path(f"{name}.py"): "agent.py", Path(f"test_{name}.py"): "agent_test.py"}
    for path in files:
        if path.exists():
            raise CommandError(f"{path} exists already; nothing was written.")
    for path, source in files.items():
        text = (resources.files("callboard.cli.scaffold") / source).read_text(encoding="utf-8")
        try:
            path.write_text(_named(text, name), encoding="utf-8", newline="\n")
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror or error}.") from error
    click.echo(f"{name}.py: talk with it by `callboard talk {name}.py`")
    click.echo(f"test_{name}.py: run it by `pytest` (pip install 'callboard[test]')")
    return 0


def _named(text: str, name: str) -> str:
    """Put the agent's name into a copied file; its mind is called after it, `Barista` say."""
    title = "".join(part[:1].upper() + part[1:] for part in name.split("_"))
    return text.replace(PLACEHOLDER, name).replace("MyAgent", title)
