"""The bridge between Trio and the asyncio thread: results, errors, cancellation, the end."""

import asyncio
import threading

import pytest
import trio

from actors.call.webrtc.loop_thread import open_loop_thread
from actors.errors import EngineError


def uvloops():
    return pytest.importorskip("uvloop", reason="uvloop is not installed").new_event_loop()


@pytest.fixture(params=[asyncio.SelectorEventLoop, uvloops], ids=["asyncio", "uvloop"])
def new_loop(request):
    if request.param is uvloops:
        uvloops().close()  # skip here, not on the loop's thread
    return request.param


def test_a_coroutines_result_comes_back(new_loop):
    async def main():
        async with open_loop_thread("loop", new_loop) as thread:

            async def name():
                await asyncio.sleep(0)
                return threading.current_thread().name

            assert await thread.run(name) == "loop"

    trio.run(main)
    assert "loop" not in {thread.name for thread in threading.enumerate()}


def test_a_coroutines_error_comes_back(new_loop):
    async def main():
        async with open_loop_thread("loop", new_loop) as thread:

            async def fail():
                raise KeyError("x")

            with pytest.raises(KeyError):
                await thread.run(fail)

    trio.run(main)


def test_cancelling_in_trio_cancels_in_asyncio_and_waits_for_its_end(new_loop):
    async def main():
        steps = []
        async with open_loop_thread("loop", new_loop) as thread:
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


def test_cancelling_the_owner_leaves_no_thread(new_loop):
    async def main():
        with trio.move_on_after(0.05):
            async with open_loop_thread("doomed", new_loop) as thread:

                async def endless():
                    await asyncio.Event().wait()

                await thread.run(endless)

    trio.run(main)
    assert "doomed" not in {thread.name for thread in threading.enumerate()}


def test_late_calls_are_absorbed_or_told(new_loop):
    async def main():
        async with open_loop_thread("loop", new_loop) as thread:
            pass
        assert thread.post(lambda: None) is False

        async def never():
            pass

        with pytest.raises(EngineError, match="ended"):
            await thread.run(never)

    trio.run(main)


def test_many_deliveries_keep_their_order(new_loop):
    async def main():
        got = []
        async with open_loop_thread("loop", new_loop) as thread:

            async def burst():
                for number in range(1000):
                    thread.deliver(lambda number=number: got.append(number))

            await thread.run(burst)
        assert got == list(range(1000))

    trio.run(main)


def exit_now():
    raise SystemExit("a callback that exits")


def test_a_crash_of_the_loop_ends_the_callback_alone(new_loop):
    async def main():
        async with open_loop_thread("loop", new_loop) as thread:
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


def test_a_loop_that_crashes_again_and_again_is_given_up(new_loop):
    async def main():
        async with open_loop_thread("loop", new_loop) as thread:
            for number in range(6):
                # Each in a round of its own: several in one round are one crash of uvloop's.
                thread.post(thread.loop.call_later, 0.01 * number, exit_now)
            await trio.sleep_forever()

    with pytest.raises(EngineError, match="more than 5 times in 10 s") as told:
        trio.run(main)
    assert isinstance(told.value.__cause__, SystemExit)
    assert "loop" not in {thread.name for thread in threading.enumerate()}


def test_a_loop_that_crashes_to_its_very_end_is_given_up_too():
    async def main():
        async with open_loop_thread("loop", asyncio.SelectorEventLoop) as thread:

            def exit_again():
                thread.loop.call_soon(exit_again)
                exit_now()

            thread.post(exit_again)
            await trio.sleep_forever()

    with pytest.raises(EngineError, match="more than 5 times in 10 s"):
        trio.run(main)
    assert "loop" not in {thread.name for thread in threading.enumerate()}
