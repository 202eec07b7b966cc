"""`callboard talk`: a room, its page and an agent, on this machine."""

from __future__ import annotations

from pathlib import Path

import click
import structlog
import trio

from actors.call.call import Call
from actors.call.ice_settings import IceSettings
from actors.errors import Refused
from actors.room import DEFAULT_ROOM, ParticipantEntered
from actors.stages.hearing import Hearing
from actors.stages.protocols import Ear, Mind, Voice
from actors.stages.speaking import Speaking
from actors.stages.stock import missing
from actors.stages.thinking import Thinking
from callboard.agent_file import load_agent
from callboard.cli.calling import open_engine, take_part
from callboard.cli.hosting import Hosting
from callboard.cli.options import agent_arguments, common, reaching, serving
from callboard.cli.program import log_content, sentence_for, start_logs
from callboard.cli.room import ServingOptions
from callboard.cli.running import run
from callboard.cli.token import check_room_name
from runtime import Graph
from runtime.threads import in_worker_thread

IN_WHEEL = Path(__file__).resolve().parent / "agents" / "assistant.py"
"""The example itself: pyproject.toml puts it there (`force-include`)."""

IN_CHECKOUT = Path(__file__).resolve().parents[2] / "examples" / "agents" / "assistant.py"


def default_agent() -> Path:
    """The agent's file when nobody names one."""
    return IN_WHEEL if IN_WHEEL.exists() else IN_CHECKOUT


async def warm(graph: Graph) -> None:
    """Load what the engines of a graph like this one would wait for; failures are logged.

    Weights are the process's own: loaded once, they are loaded for every call. An engine that fails
    here will fail in its stage as well, which then says so.
    """
    log = structlog.get_logger("callboard")
    began = trio.current_time()
    for engine in engines(graph):
        try:
            await engine.warm(in_worker_thread)
        except Exception as error:
            log.warning("engine.not_warm", engine=type(engine).__name__, error=type(error).__name__)
    log.debug("engines.warm", seconds=round(trio.current_time() - began, 2))


def engines(graph: Graph) -> list[Ear | Mind | Voice]:
    """The engines of a graph's stages: the voice first, it is what a person waits for first."""
    found: list[Ear | Mind | Voice] = []
    for actor in graph.actors:
        match actor:
            case Speaking():
                found.insert(0, actor.voice)
            case Hearing():
                found.append(actor.ear)
            case Thinking():
                found.append(actor.mind)
            case _:
                pass
    return found


TOKEN_SECONDS = 86400.0
"""How long the address of a private room lets people in."""


@click.command("talk")
@click.argument("agent_path", metavar="[AGENT.py]", required=False, type=click.Path(path_type=Path))
@agent_arguments
@click.option("--name", help="How people see the agent.  [default: from its file]")
@click.option("--room", default=DEFAULT_ROOM, show_default=True, help="The room in the address.")
@click.option("--max-calls", type=click.IntRange(1), help="Refuse more calls than this at once.")
@serving
@reaching
@common
def command(
    agent_path: Path | None,
    *,
    args: dict[str, str],
    name: str | None,
    room: str,
    max_calls: int | None,
    reach: IceSettings,
    **options: object,
) -> int:
    """Open a room in which an agent listens and answers.

    Prints the address as soon as people can join. Every room of this server has an agent of its
    own, from its first person until 10 s after its last. AGENT.py defines agent(call); without
    it a small rule-based agent answers, which needs no account and no network.
    """
    start_logs()
    chosen = ServingOptions(**options)  # pyright: ignore[reportArgumentType]  (click checks them)
    agent = load_agent(agent_path or default_agent())
    shown = name or agent.title
    # Where only this machine's own people call, their words are no secret from its terminal.
    content = log_content() or chosen.this_machine_alone
    check_room_name(room)

    async def work(stop: trio.Event) -> int:
        async with agent.service() as shared, trio.open_nursery() as nursery:
            graph: Graph | None = None
            try:
                graph = await agent.rehearsed(shared, args, room)
            except Refused as refusal:
                report_refusal(room, refusal)  # it may take part in another one
            hosting = Hosting(report_failure, refused=report_refusal, max_calls=max_calls)
            async with chosen.open(hosting.observe, hosting.admit) as server:
                url = server.meeting_url(room)
                if chosen.private:
                    # The person who started this may join; what follows # is sent to no server.
                    url += f"#token={server.token(room, seconds=TOKEN_SECONDS)}"
                chosen.announce(url)
                for sentence in missing():
                    click.echo(f"callboard: {sentence}", err=True)
                nursery.start_soon(chosen.open_page, url)
                if graph is not None:
                    nursery.start_soon(warm, graph)
                async with open_engine(reach) as engine, trio.open_nursery() as calls:

                    async def serve(came: ParticipantEntered) -> None:
                        call = Call(
                            server.local_url(came.room),
                            shown,
                            agent=True,
                            token=server.token(came.room, agent=True),
                            args=args,
                            claims=came.claims,
                            engine=engine,
                        )
                        await take_part(agent, call, shared, log_content=content)

                    calls.start_soon(hosting.run, serve)
                    await stop.wait()
                    calls.cancel_scope.cancel()
            nursery.cancel_scope.cancel()
        return 0

    return run(work)


def report_failure(room: str, error: Exception) -> None:
    """Say what ended one call; the others go on."""
    structlog.get_logger("callboard").error("call.failed", room=room, why=sentence_for(error))


def report_refusal(room: str, refusal: Refused) -> None:
    """Say why a room has no agent."""
    log = structlog.get_logger("callboard")
    log.warning("call.refused", room=room, why=str(refusal) or "the agent gives no reason")
