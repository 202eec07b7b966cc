"""Chromium as a person: a small driver over the DevTools protocol, from Trio.

`open_chromium(microphone="hello.wav")` starts one headless browser with its own empty profile and
ends it, whatever happens inside the block; `browser.open_page(url)` gives a `Page` to look at, type
into and listen to.
"""

from .browser import Browser, open_chromium
from .connection import DevToolsError
from .page import JavaScriptError, Page
from .process import find_chromium

__all__ = ["Browser", "DevToolsError", "JavaScriptError", "Page", "find_chromium", "open_chromium"]
