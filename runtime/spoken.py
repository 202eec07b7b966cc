"""Where speech goes."""

from __future__ import annotations

from collections.abc import Mapping

from runtime.link import Link
from runtime.wire import Wire


def spoken(links: Mapping[Wire, Link[object]]) -> list[Link[object]]:
    """All links that speech reaches: from outlets declared `spoken=True`, through every actor, up
    to outlets declared `spoken=False`."""
    reached: dict[Link[object], None] = {}
    ahead = [w.source for w in links if w.source.options.spoken]
    while ahead:
        port = ahead.pop()
        for w, link in links.items():
            if w.source is port and link not in reached:
                reached[link] = None
                outlets = w.target.actor.outlets().values()
                ahead += [outlet for outlet in outlets if outlet.options.spoken is not False]
    return list(reached)
