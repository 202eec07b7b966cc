"""`examples/agents/video_filter.py`: one camera at a time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from callboard import Call, VideoFrame
from callboard.agent_file import load_agent
from callboard.testing.harness import Harness
from runtime import Actor

FILTER = Path(__file__).resolve().parents[2] / "examples" / "agents" / "video_filter.py"


def grey(source: str, level: int) -> VideoFrame:
    pixels = np.full(16 * 16 * 3 // 2, level, np.uint8)
    return VideoFrame(pixels, 16, 16, "I420", source=source)


def test_another_camera_is_taken_when_the_first_has_been_away_for_a_second(
    harness: Callable[[Actor], Harness],
) -> None:
    file = load_agent(FILTER)
    edges = file.module.Edges()
    bench = harness(edges)
    for tick in range(10):
        bench.feed(edges.video, grey("ada", 50), grey("bob", 90), at=tick / 10)
    for tick in range(10, 30):
        bench.feed(edges.video, grey("bob", 90), at=tick / 10)
    bench.run(3)
    # Ten of Ada's, then Bob's from second 2.0 on: at 1.9 hers is a second old, not more.
    assert len(bench.items(edges.drawn)) == 20
    assert {int(frame.pixels[0]) for frame in bench.items(edges.drawn)} == {16}


def test_it_is_a_graph_from_video_to_camera() -> None:
    graph = load_agent(FILTER).module.agent(Call("http://127.0.0.1/lobby"))
    graph.check()
    assert sorted(graph.paths.values()) == ["call", "edges"]
