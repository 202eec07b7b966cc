"""Where a task stands."""

from __future__ import annotations

import traceback

from trio.lowlevel import Task


def stack_of(task: Task) -> str:
    """The frames that a task awaits in, outermost first, as a traceback shows them; and those of
    the tasks in its nurseries, which it may be waiting for."""
    parts: list[str] = []
    ahead = [task]
    while ahead:
        each = ahead.pop(0)
        frames = [traceback.FrameSummary(f.f_code.co_filename, line, f.f_code.co_name)
                  for f, line in each.iter_await_frames()]  # fmt: skip
        parts.append(f"{each.name}\n{''.join(traceback.format_list(frames))}")
        ahead += [child for nursery in each.child_nurseries for child in nursery.child_tasks]
    return "".join(parts)
