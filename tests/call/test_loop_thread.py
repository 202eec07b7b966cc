"""The bridge between Trio and the asyncio thread: results, errors, cancellation, the end."""

import asyncio
import threading

import pytest
import trio

from actors.call.webrtc.loop_thread import open_loop_thread
from actors.errors import EngineError


def test_a_coroutines_result_comes_back():
    async def main():
        async with open_loop_thread("loop") as thread:

            async def name():
                await asyncio.sleep(0)
                return threading.current_thread().name

            assert await thread.run(name) == "loop"

    trio.run(main)
    assert "loop" not in {thread.name for thread in threading.enumerate()}


def test_a_coroutines_error_comes_back():
    async def main():
        async with open_loop_thread("loop") as thread:

            async def fail():
                raise KeyError("x")

            with pytest.raises(KeyError):
                await thread.run(fail)

    trio.run(main)


def test_cancelling_in_trio_cancels_in_asyncio_and_waits_for_its_end():
    async def main():
        steps = []
        async with open_loop_thread("loop") as thread:
            running = trio.Event()

            async def endless():
                try:
                    thread.deliver(running.set)
                    await asyncio.Event().wait()
                finally:
                    await asyncio.sleep(0)
                    steps.append("cleaned up")

            with trio.CancelScope() as scope:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(thread.run, endless)
                    await running.wait()
                    scope.cancel()
            assert steps == ["cleaned up"]

    trio.run(main)


def test_cancelling_the_owner_leaves_no_thread():
    async def main():
        with trio.move_on_after(0.05):
            async with open_loop_thread("doomed") as thread:

                async def endless():
                    await asyncio.Event().wait()

                await thread.run(endless)

    trio.run(main)
    assert "doomed" not in {thread.name for thread in threading.enumerate()}


def test_late_calls_are_absorbed_or_told():
    async def main():
        async with open_loop_thread("loop") as thread:
            pass
        assert thread.post(lambda: None) is False

        async def never():
            pass

        with pytest.raises(EngineError, match="ended"):
            await thread.run(never)

    trio.run(main)


def test_many_deliveries_keep_their_order():
    async def main():
        got = []
        async with open_loop_thread("loop") as thread:

            async def burst():
                for number in range(1000):
                    thread.deliver(lambda number=number: got.append(number))

            await thread.run(burst)
        assert got == list(range(1000))

    trio.run(main)


def exit_now():
    raise SystemExit("a callback that exits")


def test_a_crash_of_the_loop_ends_the_callback_alone():
    async def main():
        async with open_loop_thread("loop") as thread:
            crashed = trio.Event()
            finish = None

            async def at_work():
                nonlocal finish
                finish = asyncio.Event()
                thread.loop.call_soon(exit_now)
                thread.loop.call_soon(lambda: thread.deliver(crashed.set))
                await finish.wait()
                return "still here"

            async def ask():
                answers.append(await thread.run(at_work))

            answers = []
            async with trio.open_nursery() as nursery:
                nursery.start_soon(ask)
                await crashed.wait()
                thread.post(finish.set)
            assert answers == ["still here"]

    trio.run(main)


def test_a_loop_that_crashes_again_and_again_is_given_up():
    async def main():
        async with open_loop_thread("loop") as thread:
            for _ in range(6):
                thread.post(exit_now)
            await trio.sleep_forever()

    with pytest.raises(EngineError, match="more than 5 times in 10 s") as told:
        trio.run(main)
    assert isinstance(told.value.__cause__, SystemExit)
    assert "loop" not in {thread.name for thread in threading.enumerate()}
