"""The tests' own parts are imported by their bare names, so no two may have the same."""

from collections import Counter
from pathlib import Path


def test_no_two_parts_of_the_tests_have_one_name():
    here = Path(__file__).parent
    parts = [*here.rglob("*.py")]
    names = Counter(
        part.stem
        for part in parts
        if not part.stem.startswith("test_") and part.stem not in ("conftest", "__init__")
    )
    assert [name for name, count in names.items() if count > 1] == []
