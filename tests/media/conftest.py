"""Lets the tests of media share their wire, and names what only some machines have."""

import sys
from pathlib import Path

from hypothesis import Phase, settings

sys.path.insert(0, str(Path(__file__).parent))

# Speech through a jitter buffer takes 10 ms an example: shrinking it is not worth minutes.
settings.register_profile(
    "media", deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate]
)
settings.load_profile("media")
