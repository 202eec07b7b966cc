"""Before joining: am I heard, what is wrong, who is inside."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio
from real_parts import Photograph
from scene import ON_STAGE, enter_name, open_scene, tile

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("chromium")]

STATE = "document.querySelector('#mirror').dataset.state"


def test_meter_moves_when_a_person_speaks(human_speech: Path, photograph: Photograph) -> None:
    async def main() -> None:
        async with open_scene(human_speech) as scene:
            page = await scene.browser.open_page(scene.url)
            await page.wait_for(f"{STATE} === 'heard'")
            assert await page.text("#hearing") == "You are heard."
            bars = "[...document.querySelectorAll('.meter i')].map((bar) =>"
            await page.wait_for(
                f"Math.max(...{bars} Number(bar.style.getPropertyValue('--bar')))) > 0.4"
            )
            await photograph(page, "lobby-dark")
            assert page.complaints == []

    trio.run(main)


def test_name_and_join_lead_onto_the_stage(human_speech: Path) -> None:
    async def main() -> None:
        async with open_scene(human_speech) as scene:
            page = await scene.browser.open_page(scene.url)
            await page.wait_for("callboard.media.microphone")
            await enter_name(page, "Alice")
            await page.press("Enter")
            await page.wait_for(ON_STAGE)
            (alice,) = scene.room.participants("lobby")
            assert (alice.name, alice.media.microphone) == ("Alice", True)
            assert page.complaints == []

    trio.run(main)


def test_who_denies_the_microphone_is_told_and_can_type(photograph: Photograph) -> None:
    async def main() -> None:
        async with open_scene() as scene:
            listener = await scene.joined("Bob")
            page = await scene.browser.open_page(
                scene.url, microphone=False, size=(390, 844), phone=True, scheme="light"
            )
            await page.wait_for("!document.querySelector('#trouble').hidden")
            assert await page.text("#trouble") == (
                "Your browser blocks the microphone. "
                "Click the lock beside the address, allow it, and try again."
            )
            await photograph(page, "lobby-denied-phone-light")
            await enter_name(page, "Mute")
            await page.click("#join-quietly")
            await page.wait_for(ON_STAGE)
            await page.wait_for("document.activeElement.id === 'line'")
            await page.type("good morning")
            await page.press("Enter")
            await photograph(page, "chat-phone-light")
            said = "document.querySelector('#messages [data-kind=person] p')?.textContent"
            await listener.wait_for(f"{said} === 'good morning'")
            await listener.wait_for(f"{tile('Mute')}.innerText.includes('microphone off')")
            assert page.complaints == []

    trio.run(main)


def test_who_is_inside_is_named() -> None:
    async def main() -> None:
        async with open_scene() as scene:
            page = await scene.browser.open_page(scene.url)
            await page.wait_for("document.querySelector('#inside').textContent")
            assert await page.text("#inside") == "Nobody is here yet."
            await scene.joined("Bob")
            await page.wait_for("document.querySelector('#inside').textContent === 'Bob is here.'")

    trio.run(main)


def test_a_full_room_is_a_sentence() -> None:
    async def main() -> None:
        async with open_scene() as scene:
            for number in range(6):
                await scene.joined(f"P{number}", microphone=False)
            page = await scene.browser.open_page(f"{scene.url}?join=1&name=Late")
            await page.wait_for("!document.querySelector('#trouble').hidden")
            full = "The room is full. Try again when somebody has left."
            assert await page.text("#trouble") == full

    trio.run(main)


def test_texts_painted_before_any_script_are_the_texts_of_the_page() -> None:
    painted = """fetch(location.href).then((answer) => answer.text()).then((html) => {
        const early = new DOMParser().parseFromString(html, "text/html");
        const places = [...early.querySelectorAll("[data-text]")];
        return Object.fromEntries(places.map((each) => [each.dataset.text, each.textContent]));
    })"""
    written = "import('/-/strings.js').then(({ strings }) => ({ ...strings }))"

    async def main() -> None:
        async with open_scene() as scene:
            page = await scene.browser.open_page(scene.url)
            early, late = await page.evaluate(painted), await page.evaluate(written)
            assert early
            assert early == {key: late[key] for key in early}

    trio.run(main)
