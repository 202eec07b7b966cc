"""The pages about the inside name only what there is: modules, classes, functions, tests."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PACKAGES = ("media", "runtime", "actors", "callboard")
PAGES = [
    DOCS / f"{name}.md"
    for name in (
        "map",
        "glossary",
        "life-of-a-turn",
        "life-of-a-packet",
        "life-of-a-crash",
        "invariants",
    )
]

FOLDER = re.compile(r"^### `([\w/]+)/`$")
ROW = re.compile(r"^\| `([\w.]+\.py)` \| \S")
NAMED = re.compile(r"\[`([^`]+)`\]\(\.\./([^)#]+\.py)\)")
"""A link to code: the text is a name, the target the file that defines it."""


def rows_of_the_map() -> list[Path]:
    """Every file that stands in a table of its folder."""
    folder, found = "", list[Path]()
    for line in (DOCS / "map.md").read_text(encoding="utf-8").splitlines():
        if heading := FOLDER.match(line):
            folder = heading.group(1)
        elif row := ROW.match(line):
            found.append(Path(folder, row.group(1)))
    return found


def holds_code(module: Path) -> bool:
    """Whether there is more in a module than its docstring."""
    body = ast.parse(module.read_text(encoding="utf-8")).body
    return any(not isinstance(node, ast.Expr) for node in body)


def names_in(body: list[ast.stmt], prefix: str = "") -> Iterator[str]:
    """What a module defines: `name`, `Class`, `Class.method`, `Class.field`."""
    for node in body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield prefix + name
            case ast.ClassDef(name=name, body=inner):
                yield prefix + name
                yield from names_in(inner, f"{prefix}{name}.")
            case ast.Assign(targets=targets):
                for target in targets:
                    for each in ast.walk(target):
                        if isinstance(each, ast.Name):
                            yield prefix + each.id
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield prefix + name
            case _:
                pass


def links_to_code(page: Path) -> list[tuple[str, str]]:
    return NAMED.findall(page.read_text(encoding="utf-8"))


def section(page: str, heading: str) -> str:
    text = (DOCS / page).read_text(encoding="utf-8")
    return text.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]


def test_every_module_stands_in_the_map_once():
    there_are = {
        module.relative_to(ROOT)
        for package in PACKAGES
        for module in (ROOT / package).rglob("*.py")
        if module.name != "__init__.py" or holds_code(module)
    }
    rows = rows_of_the_map()
    assert sorted(there_are - set(rows)) == []
    assert sorted(set(rows) - there_are) == []
    assert len(rows) == len(set(rows))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_names_is_defined_in_the_file_that_it_names(page: Path):
    wrong = list[str]()
    for name, file in links_to_code(page):
        module = ROOT / file
        if not module.is_file():
            wrong.append(f"{file} does not exist")
        elif name != file:
            body = ast.parse(module.read_text(encoding="utf-8")).body
            if name not in set(names_in(body)):
                wrong.append(f"{file} has no {name}")
    assert wrong == []


def test_at_least_forty_questions_are_answered_by_a_name():
    questions = section("map.md", "Where is it decided?").splitlines()
    answers = [line for line in questions if "](" in line]
    assert len(answers) >= 40
    assert [line for line in answers if not NAMED.search(line)] == []


def test_every_invariant_has_a_test_that_exists():
    invariants = re.split(r"^## ", (DOCS / "invariants.md").read_text(encoding="utf-8"), flags=re.M)
    kept = invariants[1:]
    assert 0 < len(kept) <= 12
    for invariant in kept:
        tests = [name for name, file in NAMED.findall(invariant) if file.startswith("tests/")]
        assert [name for name in tests if name.startswith("test_")], invariant.splitlines()[0]


def test_a_glossary_entry_says_where_it_is_defined():
    rows = [
        line
        for line in (DOCS / "glossary.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| **")
    ]
    assert len(rows) >= 50
    assert [row for row in rows if not NAMED.search(row)] == []
    words = [row.split("**")[1] for row in rows]
    assert words == sorted(words, key=str.casefold)
