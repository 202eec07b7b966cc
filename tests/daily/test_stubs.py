"""The stub of the module `daily` is the one that the code prints, and holds all of it."""

import ast
import json
from pathlib import Path

from stub_of_daily import STUB, stub

SURFACE = json.loads((Path(__file__).parent / "surface.json").read_text(encoding="utf-8"))


def test_the_stub_is_current() -> None:
    now = STUB.read_text(encoding="utf-8")
    assert now == stub(), "run: python tests/daily/stub_of_daily.py"


def test_it_holds_every_class_and_member() -> None:
    classes = {
        node.name: {
            each.name if isinstance(each, ast.FunctionDef) else each.targets[0].id
            for each in node.body
            if isinstance(each, ast.FunctionDef | ast.Assign)
        }
        for node in ast.parse(stub()).body
        if isinstance(node, ast.ClassDef)
    }
    for cls, facts in SURFACE.items():
        assert set(facts["members"]) <= classes[cls]
