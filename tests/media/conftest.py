"""Lets the tests of media share their wire; no example is judged by the clock of a busy machine."""

import sys
from pathlib import Path

from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))

settings.register_profile("media", deadline=None)
settings.load_profile("media")
