"""How a command ends: its threads end before it does, or the process would abort."""

from __future__ import annotations

import threading

import pytest
import trio

from callboard.cli import running
from runtime.threads import in_worker_thread


def test_a_command_that_fails_waits_for_what_its_threads_still_compute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(running, "THREADS_END", 0.0)
    begun, over, ended = threading.Event(), threading.Event(), threading.Event()

    def compute() -> None:
        begun.set()
        over.wait(30)
        ended.set()

    async def work(stop: trio.Event) -> int:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(in_worker_thread, compute)
            await trio.to_thread.run_sync(begun.wait)
            threading.Timer(0.2, over.set).start()
            raise RuntimeError("no engine today")

    with pytest.raises(ExceptionGroup, check=lambda group: "no engine" in repr(group)):
        running.run(work)
    assert ended.is_set()
