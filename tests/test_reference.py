"""The API reference in docs/reference says what the docstrings say, and each name has one."""

from __future__ import annotations

import dataclasses
import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import callboard
import callboard.testing

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"
HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
LINK = re.compile(r"\]\(([\w-]+\.md)?#([\w-]+)\)")
OTHER = "Other types"


@pytest.fixture(scope="module")
def make() -> Iterator[ModuleType]:
    """The generator, a program with two parts beside it."""
    parts = ("pages", "reading", "make")
    sys.path.insert(0, str(FOLDER))
    try:
        yield importlib.import_module("make")
    finally:
        sys.path.remove(str(FOLDER))
        for part in parts:
            sys.modules.pop(part, None)


def pages() -> dict[str, str]:
    return {page.name: page.read_text(encoding="utf-8") for page in FOLDER.glob("*.md")}


def test_the_pages_are_what_the_docstrings_say(make: ModuleType) -> None:
    written, stored = make.write_all(), pages()
    outdated = {name for name in written.keys() | stored if written.get(name) != stored.get(name)}
    assert outdated == set(), f"run: {make.COMMAND}"


def test_every_public_name_stands_in_exactly_one_page() -> None:
    names: dict[str, list[str]] = {"callboard": [], "callboard.testing": []}
    for file, text in pages().items():
        package = "callboard.testing" if file == "testing.md" else "callboard"
        names[package] += [name for name in HEADING.findall(text) if name != OTHER]
    assert sorted(names["callboard"]) == sorted(callboard.__all__)
    assert sorted(names["callboard.testing"]) == sorted(callboard.testing.__all__)


def test_no_public_name_method_or_field_lacks_a_docstring(make: ModuleType) -> None:
    assert make.undocumented() == []


def test_what_has_no_docstring_is_found(make: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = make.Member("bare", "field", "bare: int", "")
    read = make.read_class

    def with_a_bare_field(module: str, name: str) -> object:
        shown = read(module, name)
        return shown and dataclasses.replace(shown, members={**shown.members, "bare": bare})

    monkeypatch.setattr(make, "read_class", with_a_bare_field)
    assert "callboard.Graph.bare" in make.undocumented()


def test_names_with_their_modules_exist(make: ModuleType) -> None:
    dotted = re.compile(r"`((?:callboard|actors|media|runtime)(?:\.\w+)+)`")
    named = {name for text in pages().values() for name in dotted.findall(text)}
    assert sorted(name for name in named if not exists(make, name)) == []


def exists(make: ModuleType, dotted: str) -> bool:
    """Whether it is a module of ours, or a name of one."""
    module, _, name = dotted.rpartition(".")
    return is_module(dotted) or (is_module(module) and make.find(module, name) is not None)


def is_module(dotted: str) -> bool:
    stem = FOLDER.parents[1].joinpath(*dotted.split("."))
    return stem.is_dir() or stem.with_suffix(".py").exists()


def anchors(text: str) -> set[str]:
    """The anchors that GitHub makes of headings: equal ones are counted."""
    found: list[str] = []
    for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE):
        slug = re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
        found.append(slug if slug not in found else f"{slug}-{found.count(slug)}")
    return set(found)


def test_links_between_names_lead_to_headings() -> None:
    stored = pages()
    known = {file: anchors(text) for file, text in stored.items()}
    broken = [
        f"{file}: {target or file}#{anchor}"
        for file, text in stored.items()
        for target, anchor in LINK.findall(text)
        if anchor not in known[target or file]
    ]
    assert broken == []
