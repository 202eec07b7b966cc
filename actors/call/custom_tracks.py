"""Custom tracks as two ports tell each other of them: which section holds which."""

from collections.abc import Mapping
from typing import cast

from actors.call.port import Kind, Medium, custom_kind, medium_and_name


def read_names(data: object) -> dict[str, Kind]:
    """Read `{mid: {kind, name}}`: the tracks' kinds by mid. What is unreadable is left out."""
    names: dict[str, Kind] = {}
    if isinstance(data, Mapping):
        for mid, track in cast("Mapping[object, object]", data).items():
            match mid, track:
                case str(), {"kind": "audio" | "video", "name": str(name)}:
                    medium = cast("dict[str, Medium]", track)["kind"]
                    names[mid] = custom_kind(medium, name)
                case _:
                    pass
    return names


def plain_names(names: Mapping[str, Kind]) -> dict[str, dict[str, str]]:
    """The same as it travels."""
    told = {mid: medium_and_name(kind) for mid, kind in names.items()}
    return {mid: {"kind": medium, "name": name or ""} for mid, (medium, name) in told.items()}
