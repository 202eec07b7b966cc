"""The program: finds the command, runs it, and turns what went wrong into one sentence."""

from __future__ import annotations

import importlib
import logging
import sys
import textwrap
import traceback
from collections.abc import Iterator, MutableMapping, Sized
from importlib import metadata
from typing import cast

import click
import structlog

from callboard.cli.options import CommandError, Common, common

CONTENT_KEYS = frozenset(("text", "content", "data", "chat", "transcript", "frame", "sdp"))
"""Fields that may quote somebody; shown with `--log-content` alone."""

WARNING = (
    "--log-content: what people say will stand in the logs. Tell them, and do not keep these logs."
)

Event = MutableMapping[str, object]


def configure_logs(*, verbose: bool, content: bool) -> None:
    """Sets up structlog for this process; the standard library's logging follows its level."""
    level = logging.INFO if verbose else logging.WARNING
    processors: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
    ]
    if not content:
        processors.append(_without_content)
    processors += [_said_by_the_command, _in_blocks()]
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(name)s: %(message)s")
    if content:
        sys.stderr.write(WARNING + "\n")


SAID_BY_THE_COMMAND = ("UnreachableError", "RefusedError", "BadAddressError")
"""Ends of a call for which the command itself has a sentence."""


def _said_by_the_command(logger: object, method: str, event: Event) -> Event:
    """Leave out the report of a call that did not come about: one sentence says it."""
    first_line = str(event.get("report", "")).partition("\n")[0]
    if event["event"] == "actor.crashed" and first_line.endswith(SAID_BY_THE_COMMAND):
        raise structlog.DropEvent
    return event


def _in_blocks() -> structlog.types.Processor:
    """Lines as structlog's console has them; a crash report stands below its line as it is."""
    render = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )

    def lines(logger: object, method: str, event: Event) -> str:
        report = event.pop("report", None)
        if report is None:
            return render(logger, method, event)
        event.pop("actor", None)
        event.pop("life", None)
        return f"{render(logger, method, event)}\n{textwrap.indent(str(report), '  ')}"

    return lines


def _without_content(logger: object, method: str, event: Event) -> Event:
    for key in CONTENT_KEYS & event.keys():
        value = event[key]
        size = f" of {len(value)}" if isinstance(value, Sized) else ""
        event[key] = f"<{type(value).__name__}{size}>"
    return event


COMMANDS = ("talk", "room", "run", "call", "graph", "token", "daily", "new", "doctor")
"""In the order of the help; each is `command` in the module of its name."""


class _Commands(click.Group):
    """Imports a command when it is asked for, so that none waits for another's packages."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"callboard.cli.{cmd_name}")
        command: click.Command = module.command
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(metadata.version("callboard"), prog_name="callboard")
@common
def program() -> None:
    """Callboard: voice and video agents on this machine.

    `callboard talk` opens a room with an agent that you can talk with.
    """


def run_program(arguments: list[str] | None = None) -> int:
    """Runs one command line and returns the exit code."""
    settings = Common()
    try:
        code = program.main(
            args=arguments, prog_name="callboard", standalone_mode=False, obj=settings
        )
        return code if isinstance(code, int) else 0
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        sys.stderr.write(f"{error.format_message()}\n")
        return error.exit_code
    except click.ClickException as error:
        _say(_usage(error))
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return 130
    except BaseException as error:
        return _failed(error, settings)


def start_logs() -> None:
    """Sets up logging as the options say; every command calls it first."""
    settings = _settings()
    configure_logs(verbose=settings.verbose or settings.debug, content=settings.log_content)


def log_content() -> bool:
    """Whether logs and reports may show what people said."""
    return _settings().log_content


def _settings() -> Common:
    return click.get_current_context().find_object(Common) or Common()


def _failed(error: BaseException, settings: Common) -> int:
    leaves = _leaves(error)
    if any(isinstance(leaf, SystemExit) for leaf in leaves):
        raise error
    if settings.debug:
        traceback.print_exception(error)
    if all(isinstance(leaf, KeyboardInterrupt) for leaf in leaves):
        return 130
    for sentence in dict.fromkeys(sentence_for(leaf) for leaf in leaves):
        _say(sentence)
    return max((leaf.code for leaf in leaves if isinstance(leaf, CommandError)), default=1)


def sentence_for(error: BaseException) -> str:
    """Tell the person at the terminal of an error in one sentence."""
    from actors.errors import CallError  # noqa: PLC0415  (errors are rare; start-up is not)
    from callboard.agent_file import AgentFileError  # noqa: PLC0415
    from media.errors import MediaError  # noqa: PLC0415
    from runtime.errors import RestartsExhausted, RuntimeFault  # noqa: PLC0415

    if isinstance(error, RestartsExhausted):
        # That an actor has given up tells less than what made it give up.
        error = next((each for each in _causes(error) if isinstance(each, CallError)), error)
    if isinstance(error, CommandError | AgentFileError | CallError | MediaError | RuntimeFault):
        return str(error) or type(error).__name__
    if isinstance(error, ModuleNotFoundError):
        return f"the Python package {error.name} is missing; install it with pip."
    text = f": {error}" if str(error) else ""
    return f"{type(error).__name__}{text} (--debug shows where it came from)"


def _causes(error: BaseException) -> Iterator[BaseException]:
    while error.__cause__ is not None:
        error = error.__cause__
        yield from _leaves(error)


def _leaves(error: BaseException) -> list[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        members = cast("BaseExceptionGroup[BaseException]", error).exceptions
        return [leaf for each in members for leaf in _leaves(each)]
    return [error]


def _usage(error: click.ClickException) -> str:
    context = error.ctx if isinstance(error, click.UsageError) else None
    hint = f" See {context.command_path} --help." if context else ""
    return error.format_message().rstrip(".") + "." + hint


def _say(sentence: str) -> None:
    sys.stderr.write(f"callboard: {sentence}\n")
