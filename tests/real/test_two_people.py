"""Two people in one room: they hear and see each other, by keyboard as by pointer."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio
from chromium.ears import best_correlation, envelope, record
from real_parts import Photograph
from scene import open_scene, remote_track, tile

from media.wav import read_wav

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("chromium")]


def test_they_hear_each_other(human_speech: Path, photograph: Photograph) -> None:
    async def main() -> None:
        async with open_scene(human_speech) as scene:
            alice = await scene.joined("Alice")
            bob = await scene.joined("Bob", size=(390, 844), phone=True, scheme="light")
            for page, other in ((alice, "Bob"), (bob, "Alice")):
                await page.wait_for(f"{tile(other)}.classList.contains('speaking')")
                await page.wait_for("callboard.me.playing")
            await photograph(alice, "stage-dark")
            await photograph(bob, "stage-phone-light")
            heard = envelope(await record(bob, remote_track(), 4))
            once = envelope(read_wav(human_speech).samples[:, 0])
            # The recording repeats. Each second by itself: where the browser's jitter buffer
            # stretches one, the others are still what was said.
            seconds = [heard[at : at + 50] for at in range(0, 200, 50)]
            alike = sorted(best_correlation(each, [*once, *once]) for each in seconds)
            assert alike[1] >= 0.75  # of other sentences it is 0.6
            assert alice.complaints == bob.complaints == []

    trio.run(main)


def test_camera_and_screen_are_seen_and_end() -> None:
    shown = "{tile}.querySelector('video')?.videoWidth > 0"

    async def main() -> None:
        async with open_scene() as scene:
            alice = await scene.joined("Alice")
            bob = await scene.joined("Bob")
            await bob.wait_for(tile("Alice"))
            await alice.press("v")
            await bob.wait_for(shown.format(tile=tile("Alice")))
            await alice.press("v")
            await bob.wait_for(f"{tile('Alice')}.querySelector('video').hidden")
            assert alice.complaints == bob.complaints == []

    trio.run(main)


def test_every_control_has_its_key() -> None:
    async def main() -> None:
        async with open_scene() as scene:
            alice = await scene.joined("Alice")
            bob = await scene.joined("Bob")
            note = f"{tile('Alice')}.querySelector('.note').textContent"
            await alice.press("m")
            await bob.wait_for(f"{note} === 'microphone off'")
            await alice.press("m")
            await bob.wait_for(f"{note} === ''")
            for key, panel in (("c", "chat"), ("b", "backstage")):
                hidden = f"document.querySelector('#{panel}').hidden"
                await alice.press(key)
                await alice.wait_for(f"!{hidden}")
                await alice.press("Escape")
                await alice.wait_for(hidden)
            # Letters typed into the chat are letters.
            await alice.press("c")
            await alice.wait_for("document.activeElement.id === 'line'")
            await alice.press("m")
            assert await alice.evaluate("callboard.media.microphone") is True
            assert await alice.evaluate("document.activeElement.value") == "m"

    trio.run(main)


def test_everything_is_reached_with_tab_and_large_enough_for_a_thumb() -> None:
    async def main() -> None:
        async with open_scene() as scene:
            page = await scene.joined("Alice", size=(390, 844), phone=True)
            reached: list[str] = []
            for _ in range(6):
                await page.press("Tab")
                reached.append(await page.evaluate("document.activeElement.dataset.name"))
            assert reached == ["microphone", "camera", "screen", "chat", "backstage", "leave"]
            small = await page.evaluate(
                "[...document.querySelectorAll('button')].map((button) => [button.dataset.name,"
                " button.getBoundingClientRect()]).filter(([, box]) => box.width &&"
                " (box.width < 44 || box.height < 44)).map(([name]) => name)"
            )
            assert small == []

    trio.run(main)


def test_who_is_hidden_hears_and_is_shown_to_nobody() -> None:
    async def main() -> None:
        async with open_scene() as scene:
            alice = await scene.joined("Alice")
            await alice.press("c")
            token = scene.room.token("lobby", hidden=True)
            listener = await scene.joined("Listener", token=token)
            await listener.wait_for(f"{remote_track()}?.readyState === 'live'")
            await listener.wait_for(f"{tile('Alice')}.classList.contains('speaking')")
            await scene.joined("Bob")
            await alice.wait_for(tile("Bob"))
            assert "Listener" not in await alice.text("body")
            lobby = await scene.browser.open_page(scene.url)
            await lobby.wait_for("document.querySelector('#inside').textContent")
            assert await lobby.text("#inside") == "Alice and Bob are here."

    trio.run(main)


def test_an_owner_mutes_and_sends_away() -> None:
    async def main() -> None:
        async with open_scene() as scene:
            token = scene.room.token("lobby", owner=True)
            owner = await scene.joined("Olga", token=token)
            guest = await scene.joined("Gus")
            await owner.wait_for(tile("Gus"))
            identity = await guest.evaluate("callboard.id")
            order = f"callboard.administer('{identity}', {{ media: {{ microphone: false }} }})"
            assert await owner.evaluate(order) is True
            await guest.wait_for("!callboard.media.microphone")
            await owner.wait_for(f"{tile('Gus')}.innerText.includes('microphone off')")
            assert await owner.evaluate(f"callboard.eject('{identity}')") is True
            await guest.wait_for("document.documentElement.dataset.view === 'lobby'")
            told = "document.querySelector('#trouble').innerText"
            await guest.wait_for(f"{told} === 'You were asked to leave the room.'")
            await owner.wait_for(f"!{tile('Gus')}", timeout=2)

    trio.run(main)


def test_leaving_is_seen_at_once_and_leads_back_to_the_lobby() -> None:
    async def main() -> None:
        async with open_scene() as scene:
            alice = await scene.joined("Alice")
            bob = await scene.joined("Bob")
            await bob.wait_for(tile("Alice"))
            await alice.click("[data-name=leave]")
            await alice.wait_for("document.documentElement.dataset.view === 'lobby'")
            await bob.wait_for(f"!{tile('Alice')}", timeout=2)
            carol = await scene.joined("Carol")
            await bob.wait_for(tile("Carol"))
            await carol.close()
            await bob.wait_for(f"!{tile('Carol')}", timeout=2)

    trio.run(main)
