"""`callboard doctor`: what this machine has and lacks, a line each."""

from __future__ import annotations

import platform
import shutil
import socket
import sys
from collections.abc import Iterator
from importlib import metadata
from importlib.util import find_spec

import attrs
import click

from actors.stages.ears import moonshine
from actors.stages.voices import hibari
from callboard.cli.options import common

VOICE = "pip install 'callboard[voice]'"


@attrs.frozen
class Finding:
    """One line: the version of a part, or what takes its place where it is missing."""

    part: str
    present: bool
    detail: str
    needed: bool = False


def findings() -> Iterator[Finding]:
    """Everything that is looked for, in order."""
    yield _python()
    yield _opus()
    yield _loopback()
    webrtcvad = find_spec("webrtcvad") is not None
    yield _package("voice detector webrtcvad", "webrtcvad-wheels", webrtcvad, "", needed=True)
    earshot = find_spec("earshot") is not None
    without = f"webrtcvad serves, noise is harder; {VOICE}"
    yield _package("voice detector earshot", "earshot", earshot, without)
    # The engines, as the stages themselves look for them.
    without = (
        f"the agent hears no words, people can type; {VOICE}, whose moonshine-voice 0.1.0 carries "
        "the model"
    )
    yield _package("speech recognition", "moonshine-voice", moonshine.available(), without)
    without = f"replies are shown as captions; {VOICE}"
    yield _package("voice", "hibari-tts", hibari.available(), without)
    for part, extra in (("OpenAI-compatible servers", "openai"), ("MCP tools", "mcp")):
        without = f"pip install 'callboard[{extra}]'"
        yield _package(part, extra, find_spec(extra) is not None, without)
    yield _browser()


def _python() -> Finding:
    version = platform.python_version()
    fine = sys.version_info >= (3, 11)
    return Finding("Python", fine, version if fine else f"{version}: 3.11 or newer is needed", True)


def _opus() -> Finding:
    from media.opus import library  # noqa: PLC0415  (loading it is what is tried)

    try:
        return Finding("Opus codec", True, str(library()), True)
    except Exception as error:
        return Finding("Opus codec", False, f"{type(error).__name__}: {error}", True)


def _loopback() -> Finding:
    try:
        with socket.create_server(("127.0.0.1", 0)):
            return Finding("local network", True, "127.0.0.1 takes connections", True)
    except OSError as error:
        return Finding("local network", False, f"127.0.0.1 cannot be bound: {error}", True)


def _package(
    part: str, distribution: str, present: bool, without: str, *, needed: bool = False
) -> Finding:
    return Finding(part, present, _version(distribution) if present else without, needed)


def _version(distribution: str) -> str:
    try:
        return f"{distribution} {metadata.version(distribution)}"
    except metadata.PackageNotFoundError:
        return f"{distribution}, installed"


def _browser() -> Finding:
    names = ("chromium", "google-chrome", "firefox", "msedge", "open")
    browser = next((found for name in names if (found := shutil.which(name))), None)
    without = "open the page on another machine (--https --host 0.0.0.0)"
    return Finding("browser", browser is not None, browser or without)


@click.command("doctor")
@common
def command() -> int:
    """Say what this machine has and lacks, and what serves instead.

    Exits with 1 where something is missing without which nothing works.
    """
    bad = False
    for finding in findings():
        mark = "ok     " if finding.present else ("MISSING" if finding.needed else "without")
        click.echo(f"{mark}  {finding.part}: {finding.detail}")
        bad = bad or (finding.needed and not finding.present)
    return 1 if bad else 0
