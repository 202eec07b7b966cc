"""What stands on standard error while a command runs."""

from __future__ import annotations

import logging
import re
from collections.abc import Generator

import attrs
import pytest
import structlog
import trio

from callboard.cli.program import WARNING, configure_logs
from runtime import Actor, Context, Graph, In, Out, open_graph


@pytest.fixture(autouse=True)
def _as_before() -> Generator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


@attrs.frozen
class Source(Actor):
    words = Out[str]()

    async def run(self, ctx: Context) -> None:
        await self.words.send("a secret")


@attrs.frozen
class Fragile(Actor):
    words = In[str]()

    async def run(self, ctx: Context) -> None:
        async for word in self.words:
            raise ValueError(f"cannot bear {word}")


def crash(*, log_content: bool) -> None:
    source, fragile = Source(), Fragile()

    async def main() -> None:
        graph = Graph(source.words >> fragile.words)
        async with open_graph(graph, log_content=log_content) as running:
            await running.wait()

    trio.run(main)


def test_a_crash_is_one_block_without_what_was_said(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(verbose=False, content=False)
    crash(log_content=False)
    lines = capsys.readouterr().err.splitlines()
    assert re.fullmatch(r"\d\d:\d\d:\d\d \[error    \] actor\.crashed *", lines[0])
    assert lines[1].startswith("  fragile crashed in life 1 after 0.0")
    assert lines[1].endswith(": ValueError")
    assert lines[2].startswith("    raised   ")
    assert lines[-1] == "    decision it is started again at once"
    assert "secret" not in "\n".join(lines)


def test_with_log_content_it_says_all_after_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(verbose=False, content=True)
    crash(log_content=True)
    told = capsys.readouterr().err
    assert told.startswith(WARNING)
    assert "ValueError: cannot bear a secret" in told


def test_fields_that_may_quote_somebody_are_told_by_kind_and_length(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logs(verbose=True, content=False)
    structlog.get_logger().info("heard", text="a secret", data={"chat": "x"}, room="lobby")
    told = capsys.readouterr().err
    assert "text='<str of 8>'" in told
    assert "data='<dict of 1>'" in told
    assert "room=lobby" in told


def test_without_verbose_only_warnings_and_errors_are_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logs(verbose=False, content=False)
    log = structlog.get_logger()
    log.info("a detail")
    log.warning("a warning")
    told = capsys.readouterr().err
    assert "a detail" not in told
    assert "a warning" in told


@pytest.mark.parametrize("kind", ["UnreachableError", "RefusedError"])
def test_a_call_that_did_not_come_about_is_told_by_the_command_alone(
    kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs(verbose=False, content=False)
    log = structlog.get_logger()
    log.error("actor.crashed", report=f"call crashed in life 1 after 0.010 s: {kind}\n  raised")
    assert capsys.readouterr().err == ""
    log.error("actor.crashed", report="call crashed in life 1 after 0.010 s: KeyError\n  raised")
    assert "KeyError" in capsys.readouterr().err
