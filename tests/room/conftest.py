"""Lets the tests of the room share their company."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
