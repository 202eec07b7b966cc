"""What the turn machine decides, for `Turns` to carry out in this order."""

from __future__ import annotations

from typing import Literal

import attrs

Reason = Literal["silence", "overlong", "left", "backchannel", "false"]
"""Why a turn ended: the person was silent, spoke too long, or left; it was only a nod while the
agent spoke, or no speech at all (then the agent goes on)."""


@attrs.frozen
class Began:
    """A turn of `source` begins. `over_agent`: it is not sure yet that it will be one."""

    source: str | None
    over_agent: bool


@attrs.frozen
class Paused:
    """The agent's voice holds: somebody speaks over it."""


@attrs.frozen
class Resumed:
    """The agent's voice goes on at the same sample."""


@attrs.frozen
class Interrupted:
    """The agent's turn is over: what was said over it is a turn."""


@attrs.frozen
class Ended:
    """The open turn is over. After "false" and "backchannel" nobody answers it."""

    source: str | None
    reason: Reason


@attrs.frozen
class Unheard:
    """What `source` said while another had the floor is over, and is no turn any more."""

    source: str | None


@attrs.frozen
class Idle:
    """Nobody has said anything for the time that the rules name. Told once a silence."""


@attrs.frozen
class Failed:
    """The agent was asked and gave no sound in time."""


Decision = Began | Paused | Resumed | Interrupted | Ended | Unheard | Idle | Failed
