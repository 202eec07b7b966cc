"""From the engine's clock to Trio: no ring is lost, though who listens is cancelled or late."""

import threading

import trio
import trio.testing

from actors.call.webrtc.bell import ThreadBell, Ticks


def ring_on_a_thread(bell, times):
    thread = threading.Thread(target=lambda: [bell.ring() for _ in range(times)])
    thread.start()
    thread.join()


def test_rings_of_another_thread_are_counted_though_nobody_listened():
    async def main():
        bell = ThreadBell()
        ring_on_a_thread(bell, 10_000)
        assert await Ticks(bell).after(9_999) == 10_000
        bell.close()

    trio.run(main)


def test_everybody_who_waits_sees_each_ring():
    async def main():
        bell = ThreadBell()
        ticks = Ticks(bell)
        seen = []

        async def follow(name):
            count = 0
            while count < 3:
                count = await ticks.after(count)
                seen.append((count, name))

        async with trio.open_nursery() as nursery:
            for name in ("a", "b", "c"):
                nursery.start_soon(follow, name)
            for count in range(1, 4):
                await trio.testing.wait_all_tasks_blocked()
                ring_on_a_thread(bell, 1)
                while len(seen) < 3 * count:
                    await trio.lowlevel.checkpoint()
        assert sorted(seen) == [(count, name) for count in (1, 2, 3) for name in ("a", "b", "c")]
        bell.close()

    trio.run(main)


def test_when_the_listener_is_cancelled_another_listens():
    async def main():
        bell = ThreadBell()
        ticks = Ticks(bell)
        heard = []

        async def follow(*, task_status):
            with trio.CancelScope() as scope:
                task_status.started(scope)
                heard.append(await ticks.after(0))

        async with trio.open_nursery() as nursery:
            scopes = [await nursery.start(follow) for _ in range(3)]
            await trio.testing.wait_all_tasks_blocked()
            scopes[0].cancel()
            await trio.testing.wait_all_tasks_blocked()
            ring_on_a_thread(bell, 1)
        assert heard == [1, 1]
        bell.close()

    trio.run(main)


def test_a_ring_after_the_end_is_not_heard_and_fails_nothing():
    async def main():
        bell = ThreadBell()
        bell.close()
        bell.ring()
        assert bell.rung == 1

    trio.run(main)
