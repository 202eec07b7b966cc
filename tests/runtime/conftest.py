"""Lets the tests of the runtime share their small actors."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


def pytest_addoption(parser: pytest.Parser) -> None:
    """One seed of test_chaos.py, as its failure prints it."""
    parser.addoption("--seed-of-chaos", default="0", help="run test_chaos.py with this seed")
