"""A lost connection comes back by itself, and nobody has to do anything."""

from __future__ import annotations

import pytest
import trio
from scene import Scene, open_scene, remote_track

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("chromium")]

# Lets a test cut what the page has opened, as a network does.
HOLD = """
globalThis.opened = { connections: [], sockets: [] };
globalThis.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...given) { super(...given); opened.connections.push(this); }
};
globalThis.WebSocket = class extends WebSocket {
    constructor(...given) { super(...given); opened.sockets.push(this); }
};
"""
LAST = "opened.connections.at(-1)"


@pytest.mark.parametrize("cut", [0, 1], ids=["who answered", "who offered"])
def test_a_broken_connection_is_replaced_by_the_next_attempt(cut: int) -> None:
    async def main(scene: Scene) -> None:
        pages = [await scene.joined(name, script=HOLD) for name in ("Alice", "Bob")]
        for page in pages:
            await page.wait_for(f"{LAST}.connectionState === 'connected'")
        await pages[cut].evaluate(f"{LAST}.close()")
        for page in pages:
            await page.wait_for(
                f"opened.connections.length > 1 && {LAST}.connectionState === 'connected'",
                timeout=20,
            )
            assert await page.evaluate("opened.connections.length") == 2
            assert await page.evaluate(f"{remote_track()}.readyState") == "live"

    trio.run(in_scene, main)


def test_a_lost_socket_resumes_and_nobody_noticed() -> None:
    async def main(scene: Scene) -> None:
        alice = await scene.joined("Alice", script=HOLD)
        bob = await scene.joined("Bob", script=HOLD)
        for page in (alice, bob):
            await page.wait_for(f"{LAST}.connectionState === 'connected'")
        await bob.evaluate(
            "globalThis.left = []; callboard.on('participant_left', (who) => left.push(who))"
        )
        before = await alice.evaluate("callboard.id")
        await alice.evaluate("opened.sockets[0].close()")
        await alice.wait_for("callboard.state === 'reconnecting'")
        await bob.evaluate("callboard.send({ chat: 'are you there' })")
        await alice.wait_for("callboard.state === 'joined'")
        # What was said meanwhile follows.
        heard = "document.querySelector('#messages [data-kind=person] p')?.textContent"
        await alice.wait_for(f"{heard} === 'are you there'")
        assert await alice.evaluate("callboard.id") == before
        assert await alice.evaluate(f"{LAST}.connectionState") == "connected"
        for page in (alice, bob):
            assert await page.evaluate("opened.connections.length") == 1
        assert await bob.evaluate("left") == []

    trio.run(in_scene, main)


async def in_scene(main: object) -> None:
    async with open_scene() as scene:
        await main(scene)
