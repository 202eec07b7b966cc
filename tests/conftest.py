"""What all tests may import: the command line as a program (`tests/programs`)."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "programs"))
