"""`callboard graph`: what an agent is made of."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click
import trio

from callboard.agent_file import load_agent
from callboard.cli.options import agent_arguments, common
from callboard.cli.program import start_logs
from callboard.cli.running import run
from runtime import Graph


@click.command("graph")
@click.argument("agent_path", metavar="AGENT.py", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "mermaid", "svg")),
    default="text",
    show_default=True,
    help="How to draw it.",
)
@click.option("--folded", is_flag=True, help="Draw a composite, such as Dialogue, as one box.")
@agent_arguments
@common
def command(
    agent_path: Path,
    *,
    form: Literal["text", "mermaid", "svg"],
    folded: bool,
    args: dict[str, str],
) -> int:
    """Print an agent's graph: its actors, their links, who restarts with whom.

    Exits with 1 where the graph could not run, and says all that is wrong with it.
    """
    start_logs()
    agent = load_agent(agent_path)
    graphs: list[Graph] = []

    async def work(stop: trio.Event) -> int:
        async with agent.service() as shared:
            graphs.append(await agent.rehearsed(shared, args))
        return 0

    code = run(work)
    for graph in graphs:
        click.echo(graph.describe(form, folded=folded), nl=False)
        for warning in graph.warnings:
            click.echo(f"callboard: {warning}", err=True)
    return code
