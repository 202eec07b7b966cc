"""`callboard call`: a scripted caller."""

from __future__ import annotations

import contextlib
import json
import math
import sys
from collections.abc import Generator
from pathlib import Path

import attrs
import click
import numpy as np
import trio
from numpy.typing import NDArray

from actors.call.address import MeetingAddress
from actors.call.call import Call
from actors.call.ice_settings import IceSettings
from actors.call.meeting import CallLife
from callboard.cli.caller.report import Report, gaps, in_words, pauses, utterances
from callboard.cli.caller.script import CallerProgress, CallerScript, ScriptedCaller
from callboard.cli.caller.tape import RATE
from callboard.cli.calling import join, open_engine
from callboard.cli.options import CommandError, common, reaching
from callboard.cli.program import start_logs
from callboard.cli.running import run
from media.jitter import JitterStatistics
from media.resample import Resampler
from media.wav import read_wav, write_wav
from runtime import Graph

SLOW = 1.0
"""Seconds after which a person wants to know what is waited for."""


@attrs.define(eq=False)
class CallObservations:
    """When the call stood and what it received, for the report."""

    joined: float | None = None
    reception: tuple[JitterStatistics, ...] = ()

    @contextlib.contextmanager
    def observe(self, meeting: CallLife) -> Generator[None]:
        """Note when the room let us in, and at the end what was received."""
        self.joined = trio.current_time()
        try:
            yield
        finally:
            self.reception = meeting.receiving.reception()


@click.command("call")
@click.argument("url")
@click.option(
    "--play", multiple=True, type=click.Path(path_type=Path), help="A WAV to say; may be repeated."
)
@click.option("--record", type=click.Path(path_type=Path), help="Write the call to this WAV.")
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write the report here.")
@click.option("--name", default="Caller", show_default=True, help="How the others see the caller.")
@click.option("--token", help="Meeting token, where the room is private.")
@click.option("--wait", default=10.0, show_default=True, help="Seconds for an answer to begin.")
@click.option("--patience", default=30.0, show_default=True, help="Seconds for somebody to come.")
@click.option("--for", "limit", type=float, help="Leave after so many seconds in any case.")
@reaching
@common
def command(
    url: str,
    *,
    play: tuple[Path, ...],
    record: Path | None,
    json_path: Path | None,
    name: str,
    token: str | None,
    wait: float,
    patience: float,
    limit: float | None,
    reach: IceSettings,
) -> int:
    """Join the meeting at URL, say what the files hold, hear the answers, and report.

    Each file is said when the answer to the one before it is over. Without --play it listens,
    until --for seconds have passed, the call ends, or Ctrl-C. The recording has the caller on its
    left side and everybody else on its right.
    """
    start_logs()
    MeetingAddress.parse(url)
    recordings = [recording(path) for path in play]
    for path in (record, json_path):
        check_writable(path)

    reports: list[Report] = []

    async def work(stop: trio.Event) -> int:
        progress, seen = CallerProgress(CallerScript(recordings, wait=wait)), CallObservations()
        async with open_engine(reach) as engine:
            began = trio.current_time()
            call = Call(url, name, token=token, observer=seen.observe, engine=engine)
            caller = ScriptedCaller(progress)
            graph = Graph(
                call.audio >> caller.audio,
                call.participants >> caller.participants,
                caller.microphone >> call.microphone,
            )
            with trio.move_on_after(math.inf if limit is None else limit):
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(join, graph, call)
                    nursery.start_soon(expect_somebody, progress, patience)
                    nursery.start_soon(cancel_when, stop, nursery.cancel_scope)
                    if recordings:
                        nursery.start_soon(cancel_when, progress.done, nursery.cancel_scope)
        tape = progress.tape
        if record is not None:
            write_wav(record, tape.stereo())
        progress_line(f"writing down {tape.seconds:.0f} s of call ...")
        speech = utterances(tape.heard)
        report = Report(
            url=url,
            join_seconds=None if seen.joined is None else seen.joined - began,
            media_seconds=None
            if progress.first_connected is None
            else progress.first_connected - began,
            duration=tape.seconds,
            participants=tuple(progress.present.values()),
            utterances=utterances(tape.said),
            speech=speech,
            gaps=gaps(tape.heard, speech),
            longest_pause=max((each.duration for each in pauses(tape.heard, speech)), default=0.0),
            reception=seen.reception,
            missed=tape.missed / RATE,
        )
        async with trio.open_nursery() as nursery:
            # After Ctrl-C a person wants the report now, without the words.
            nursery.start_soon(cancel_when, stop, nursery.cancel_scope)
            said = await in_words(tape.said, report.utterances)
            report = attrs.evolve(report, utterances=said)
            heard = await in_words(tape.heard, report.speech)
            report = attrs.evolve(report, speech=heard)
            nursery.cancel_scope.cancel()
        reports.append(report)
        return 0

    code = run(work)
    for report in reports:
        if json_path is not None:
            json_path.write_text(json.dumps(report.as_json(), indent=2) + "\n", encoding="utf-8")
        click.echo(report.as_text())
    return code


def progress_line(text: str) -> None:
    """Show a person what is waited for; a program that reads standard error is told nothing."""
    if sys.stderr.isatty():
        click.echo(f"callboard: {text}", err=True)


def recording(path: Path) -> NDArray[np.int16]:
    """A file to say, int16 `[n]` at 16 kHz. Raises `CommandError`."""
    try:
        frame = read_wav(path).mono()
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror or error}.") from error
    if frame.sample_rate == RATE:
        return frame.samples[:, 0]
    resampler = Resampler(frame.sample_rate, RATE)
    return np.concatenate([resampler.process(frame.samples), resampler.flush()])[:, 0]


def check_writable(path: Path | None) -> None:
    """Raise `CommandError` now rather than at the end of a call."""
    if path is None:
        return
    if path.is_dir():
        raise CommandError(f"{path} is a folder; name a file.")
    if not path.parent.is_dir():
        raise CommandError(f"{path} cannot be written: there is no folder {path.parent}.")


async def expect_somebody(progress: CallerProgress, patience: float) -> None:
    """Raise `CommandError` when nobody's media flows in time."""
    with trio.move_on_after(patience):
        with trio.move_on_after(SLOW):
            await progress.somebody.wait()
            return
        click.echo("callboard: waiting for somebody else in the call ...", err=True)
        await progress.somebody.wait()
        return
    raise CommandError(
        f"nobody else was in the call within {patience:g} s; --patience gives them longer."
    )


async def cancel_when(event: trio.Event, scope: trio.CancelScope) -> None:
    """End a part of the command when something has happened."""
    await event.wait()
    scope.cancel()
