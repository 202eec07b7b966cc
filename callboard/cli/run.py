"""`callboard run`: an agent in somebody's call."""

from __future__ import annotations

from pathlib import Path

import click
import trio

from actors.call.address import MeetingAddress
from actors.call.call import Call
from actors.call.ice_settings import IceSettings
from actors.errors import Refused
from callboard.agent_file import load_agent
from callboard.cli.calling import open_engine, take_part
from callboard.cli.options import CommandError, agent_arguments, common, reaching
from callboard.cli.program import log_content, start_logs
from callboard.cli.running import run


@click.command("run")
@click.argument("agent_path", metavar="AGENT.py", type=click.Path(path_type=Path))
@click.option("--url", required=True, help="The meeting, http(s)://HOST[:PORT]/ROOM.")
@click.option("--token", help="Meeting token (callboard token ROOM --agent) of a private room.")
@agent_arguments
@click.option("--name", help="How people see the agent.  [default: from its file]")
@reaching
@common
def command(
    agent_path: Path,
    *,
    url: str,
    token: str | None,
    args: dict[str, str],
    name: str | None,
    reach: IceSettings,
) -> int:
    """Bring an agent into a call, until the call ends or Ctrl-C."""
    start_logs()
    agent = load_agent(agent_path)
    MeetingAddress.parse(url)
    content = log_content()

    async def work(stop: trio.Event) -> int:
        async with (
            agent.service() as shared,
            open_engine(reach) as engine,
            trio.open_nursery() as nursery,
        ):
            call = Call(url, name or agent.title, agent=True, token=token, args=args, engine=engine)

            async def serve() -> None:
                try:
                    await take_part(agent, call, shared, log_content=content)
                except Refused as refusal:
                    reason = str(refusal) or "it gives no reason."
                    raise CommandError(f"the agent refuses {call.room}: {reason}") from refusal
                nursery.cancel_scope.cancel()

            nursery.start_soon(serve)
            await stop.wait()
            nursery.cancel_scope.cancel()
        return 0

    return run(work)
