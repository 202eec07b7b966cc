"""Where a crash report of `callboard talk` has the exception's message, and where it is hidden."""

from __future__ import annotations

from pathlib import Path

import pytest
from callboard_program import running, somebody_comes

from callboard.cli.room import ServingOptions

CLUMSY = """
from callboard import Actor, AudioFrame, Call, Context, Graph, Out


class Clumsy(Actor):
    audio = Out[AudioFrame]()

    async def run(self, ctx: Context) -> None:
        raise TypeError("cannot add a frame to a string")


def agent(call: Call) -> Graph:
    return Graph(Clumsy().audio >> call.microphone)
"""


@pytest.mark.parametrize(
    ("host", "told"),
    [("127.0.0.1", "TypeError: cannot add a frame to a string\n"), ("0.0.0.0", "TypeError\n")],
)
def test_a_crash_has_its_message_where_only_this_machine_calls(
    tmp_path: Path, host: str, told: str
) -> None:
    agent = tmp_path / "clumsy.py"
    agent.write_text(CLUMSY, encoding="utf-8")
    options = ("--port", "0", "--no-browser", "--host", host)
    with running("talk", agent, *options, log=tmp_path / "err") as talk:
        assert told in somebody_comes(talk, until="decision")


@pytest.mark.parametrize(
    ("host", "behind", "alone"),
    [
        ("127.0.0.1", (), True),
        ("localhost", (), True),
        ("::1", (), True),
        ("0.0.0.0", (), False),
        ("192.168.1.2", (), False),
        ("127.0.0.1", ("meet.example.org",), False),
    ],
)
def test_behind_a_proxy_strangers_call(host: str, behind: tuple[str, ...], alone: bool) -> None:
    options = ServingOptions(
        host=host,
        port=8765,
        private=False,
        https=False,
        tls_cert=None,
        tls_key=None,
        allow_host=behind,
        allow_origin=(),
        ice_server=(),
        turn_secret=None,
        auto_join=False,
        no_browser=True,
    )
    assert options.this_machine_alone == alone
