"""Virtual time stands still while a worker thread works, and the order never changes."""

import re
import socket
import threading
import time

import pytest
import trio

from callboard.testing import LabWarning
from callboard.testing.clock import Jobs, run_virtual


def test_a_slow_job_takes_no_virtual_time() -> None:
    async def main() -> float:
        jobs = Jobs()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(jobs.serve)
            nursery.start_soon(trio.sleep, 100)
            await jobs.run(time.sleep, 0.05)
            at = trio.current_time()
            nursery.cancel_scope.cancel()
        return at

    assert run_virtual(main) == 0


def test_jobs_run_in_order_of_submission_after_everything_that_was_ready() -> None:
    async def main() -> list[str]:
        jobs = Jobs()
        happened: list[str] = []

        async def submit(name: str) -> None:
            happened.append(f"submit {name}")
            happened.append(await jobs.run(lambda: happened.append(f"run {name}") or name))

        async def bystander() -> None:
            for _ in range(3):
                await trio.lowlevel.checkpoint()
            happened.append("bystander")

        async with trio.open_nursery() as nursery:
            nursery.start_soon(jobs.serve)
            async with trio.open_nursery() as submitters:
                submitters.start_soon(bystander)
                submitters.start_soon(submit, "a")
                submitters.start_soon(submit, "b")
            nursery.cancel_scope.cancel()
        return happened

    for seed in range(10):
        happened = run_virtual(main, seed=seed)
        first, second = (item.split()[1] for item in happened if item.startswith("submit"))
        assert happened[2:] == ["bystander", f"run {first}", first, f"run {second}", second]


def test_a_job_runs_in_another_thread_and_its_exception_comes_back() -> None:
    async def main() -> None:
        jobs = Jobs()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(jobs.serve)
            assert await jobs.run(threading.get_ident) != threading.get_ident()
            with pytest.raises(ZeroDivisionError):
                await jobs.run(lambda: 1 // 0)
            nursery.cancel_scope.cancel()

    run_virtual(main)


def test_a_job_cancelled_before_its_start_never_runs() -> None:
    async def main() -> None:
        jobs = Jobs()
        ran: list[int] = []
        with trio.CancelScope() as scope:
            scope.cancel()
            await jobs.run(ran.append, 1)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(jobs.serve)
            await jobs.run(ran.append, 2)
            nursery.cancel_scope.cancel()
        assert ran == [2]

    run_virtual(main)


def test_the_worker_thread_ends_with_the_server() -> None:
    async def main() -> None:
        jobs = Jobs()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(jobs.serve)
            await jobs.run(int)
            nursery.cancel_scope.cancel()

    before = threading.active_count()
    run_virtual(main)
    assert threading.active_count() == before


async def _listens() -> trio.SocketListener:
    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    return listener


def test_a_task_that_waits_for_a_socket_while_time_runs_on_is_named() -> None:
    async def asks_a_server(port: int) -> None:
        async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
            await stream.receive_some()

    async def main() -> None:
        async with await _listens() as listener, trio.open_nursery() as nursery:
            nursery.start_soon(asks_a_server, listener.socket.getsockname()[1])
            await trio.sleep(1)
            nursery.cancel_scope.cancel()

    with pytest.warns(LabWarning) as warned:
        run_virtual(main)
    assert re.fullmatch(
        r".*asks_a_server \(test_jobs\.py:\d+\) waited for the network while virtual time ran on: "
        "an answer comes too late or never; in a test let something in memory answer",
        str(warned[0].message),
    )
    assert len(warned) == 1


def test_a_task_that_looks_up_a_name_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = threading.Event()

    def look_up(*arguments: int | str) -> list[object]:
        if isinstance(arguments[-1], int) and arguments[-1] & socket.AI_NUMERICHOST:
            raise socket.gaierror(socket.EAI_NONAME, "a name is no address")
        slow.wait(10)
        return []

    async def asks_a_server() -> None:
        await trio.socket.getaddrinfo("example.org", 80)

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(asks_a_server)
            await trio.sleep(1)
            slow.set()

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with pytest.warns(LabWarning, match=r"asks_a_server \(test_jobs\.py"):
        run_virtual(main)


def test_who_waits_for_a_socket_while_no_time_passes_is_not_told_on() -> None:
    async def main() -> bytes:
        near, far = trio.socket.socketpair()
        with near, far:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(near.send, b"at once")
                return await far.recv(100)

    assert run_virtual(main) == b"at once"


def test_what_waits_in_a_thread_for_other_things_is_not_told_on() -> None:
    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.to_thread.run_sync, time.sleep, 0.05)
            await trio.sleep(1)

    run_virtual(main)
