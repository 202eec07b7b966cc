"""One page: what a person does there, and what stands on it."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import trio

from .connection import Connection

COMPLAINTS = ("error", "warning", "assert")
KEYS = {"Escape": 27, "Tab": 9, "Enter": 13, "Space": 32}


class JavaScriptError(Exception):
    """An expression threw; the text is its stack."""


class Page:
    """A tab, driven from outside."""

    def __init__(self, connection: Connection, session: str, target: str) -> None:
        self._connection = connection
        self._session = session
        self._target = target
        #: Console errors and warnings, uncaught exceptions, loads that failed.
        self.complaints: list[str] = []
        connection.on_event(session, self._event)

    async def call(self, method: str, **params: object) -> Any:
        """One DevTools call for this page."""
        return await self._connection.call(method, self._session, **params)

    async def prepare(
        self, *, size: tuple[int, int], phone: bool, scheme: str, reduced_motion: bool
    ) -> None:
        """Sets what a person's device decides, before anything is loaded."""
        for domain in ("Page", "Runtime", "Log", "Network"):
            await self.call(f"{domain}.enable")
        width, height = size
        await self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=2 if phone else 1,
            mobile=phone,
        )
        await self.call("Emulation.setTouchEmulationEnabled", enabled=phone)
        await self.call("Emulation.setFocusEmulationEnabled", enabled=True)
        motion = "reduce" if reduced_motion else "no-preference"
        await self.call(
            "Emulation.setEmulatedMedia",
            features=[
                {"name": "prefers-color-scheme", "value": scheme},
                {"name": "prefers-reduced-motion", "value": motion},
            ],
        )

    async def go(self, url: str) -> None:
        """Loads `url`; returns when its modules have run."""
        answer = await self.call("Page.navigate", url=url)
        if "errorText" in answer:
            raise JavaScriptError(f"{url}: {answer['errorText']}")
        await self.wait_for("document.readyState === 'complete'")

    async def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression, awaited where it is a promise, as JSON gives it."""
        answer = await self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise JavaScriptError(_told(details))
        return answer["result"].get("value")

    async def wait_for(self, expression: str, timeout: float = 10) -> Any:
        """Waits until an expression is truthy; its value. TooSlowError says what stood there."""
        # An expression that throws is not true yet.
        watch = f"""new Promise((resolve) => {{
            const look = () => {{
                let value;
                try {{ value = ({expression}); }} catch {{ value = null; }}
                value ? resolve(value) : setTimeout(look, 16);
            }};
            look();
        }})"""
        try:
            with trio.fail_after(timeout):
                return await self.evaluate(watch)
        except trio.TooSlowError:
            text = await self.evaluate("document.body.innerText.slice(0, 600)")
            complaints = "\n".join(self.complaints)
            raise trio.TooSlowError(
                f"{timeout} s went by without {expression}. The page says:\n{text}\n{complaints}"
            ) from None

    async def text(self, selector: str) -> str:
        """The visible text of the first element that `selector` finds, else nothing."""
        return await self.evaluate(
            f"document.querySelector({json.dumps(selector)})?.innerText ?? ''"
        )

    async def click(self, selector: str) -> None:
        """Clicks into the middle of an element, as a pointer does."""
        x, y = await self.wait_for(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)});"
            " e.scrollIntoView({block: 'nearest'}); const b = e.getBoundingClientRect();"
            " return b.width && [b.x + b.width / 2, b.y + b.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            await self.call(
                "Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1
            )

    async def type(self, text: str) -> None:
        """Types into whatever has the focus."""
        await self.call("Input.insertText", text=text)

    async def press(self, key: str) -> None:
        """Presses and releases one key: a letter, or Escape, Tab, Enter, Space."""
        code = KEYS.get(key) or ord(key.upper())
        typed = {"Enter": "\r", "Space": " "}.get(key, key if len(key) == 1 else None)
        common = {"key": " " if key == "Space" else key, "windowsVirtualKeyCode": code}
        down = {**common, "type": "keyDown"} | ({"text": typed} if typed else {})
        await self.call("Input.dispatchKeyEvent", **down)
        await self.call("Input.dispatchKeyEvent", **common, type="keyUp")

    async def screenshot(self, path: str | PathLike[str]) -> None:
        """Writes what is seen now as PNG."""
        answer = await self.call("Page.captureScreenshot", format="png")
        await trio.Path(Path(path)).write_bytes(base64.b64decode(answer["data"]))

    async def close(self) -> None:
        """Closes the tab as a person does: the page hears of it."""
        await self._connection.call("Target.closeTarget", targetId=self._target)

    def _event(self, method: str, params: Mapping[str, Any]) -> None:
        if method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.complaints.append(f"uncaught: {_told(details)}")
        elif method == "Runtime.consoleAPICalled" and params["type"] in COMPLAINTS:
            words = [str(each.get("value", each.get("description", ""))) for each in params["args"]]
            self.complaints.append(f"console {params['type']}: {' '.join(words)}")
        elif method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            entry = params["entry"]
            self.complaints.append(f"{entry['source']}: {entry['text']} {entry.get('url', '')}")


def _told(details: Mapping[str, Any]) -> str:
    return details.get("exception", {}).get("description") or details["text"]
