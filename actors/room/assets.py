"""The page and the client module, as they lie in the package."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib import resources
from pathlib import PurePosixPath

import attrs

CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
}
INDEX = "index.html"


@attrs.frozen
class Asset:
    """A file as it is served; its `tag` changes with its content."""

    content: bytes
    content_type: str
    tag: str


def load_assets() -> Mapping[str, Asset]:
    """Every servable file of the page folder, by name."""
    found: dict[str, Asset] = {}
    for entry in resources.files("actors.room").joinpath("page").iterdir():
        content_type = CONTENT_TYPES.get(PurePosixPath(entry.name).suffix)
        if content_type is not None and entry.is_file():
            content = entry.read_bytes()
            tag = '"' + hashlib.sha256(content).hexdigest()[:16] + '"'
            found[entry.name] = Asset(content, content_type, tag)
    return found
