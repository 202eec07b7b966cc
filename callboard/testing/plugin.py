"""The pytest plugin: fixtures that run a whole call, or one actor, in virtual time.

Light on purpose, since pytest imports it in every session: the rest is imported by the first test
that asks for a fixture.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import pytest

if TYPE_CHECKING:
    from callboard.testing.harness import Harness
    from callboard.testing.lab import Agent, CallLab
    from callboard.testing.timeline import Timeline
    from callboard.testing.virtual_engine import VirtualEngine
    from runtime import Actor

_T = TypeVar("_T")

_labs: pytest.StashKey[list[CallLab]] = pytest.StashKey()


class MakeLab(Protocol):
    """The type of the fixture `call_lab`: a maker of call labs."""

    def __call__(
        self,
        agent: Agent | str | Path,
        *,
        seed: int = 0,
        args: Mapping[str, str] | None = None,
        codec: str = "l16",
        log_content: bool = True,
    ) -> CallLab:
        """Make a lab for one run; see `CallLab`."""
        ...


class RunOnNetwork(Protocol):
    """The type of the fixture `on_network`: runs a function on a network in memory."""

    def __call__(
        self,
        body: Callable[[VirtualEngine], Awaitable[_T]],
        *,
        loss: float = 0.0,
        burst: float = 1.0,
        delay: float = 0.0,
        jitter: float = 0.0,
        outages: Sequence[tuple[float, float]] = (),
        seed: int = 0,
    ) -> _T:
        """Run `body(engine)` and give its result; the rest is as in `Network`."""
        ...


class MakeHarness(Protocol):
    """The type of the fixture `harness`: a maker of harnesses."""

    def __call__(self, actor: Actor, *, seed: int = 0, log_content: bool = True) -> Harness:
        """Make a harness for one run; see `Harness`."""
        ...


class Snapshot(Protocol):
    """The type of the fixture `timeline_snapshot`: compares a timeline with its kept text."""

    def __call__(self, timeline: Timeline) -> None:
        """Compare the timeline with the text that was kept; fail where they differ."""
        ...


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--update-timelines`."""
    parser.getgroup("callboard").addoption(
        "--update-timelines",
        action="store_true",
        help="write what `timeline_snapshot` compares with, instead of comparing",
    )


@pytest.fixture
def call_lab(request: pytest.FixtureRequest) -> MakeLab:
    """A factory of call labs: `call_lab(agent, seed=1)`.

    `agent` is an agent's function or the path of its file, relative to the test's own folder, else
    to where pytest was started. When the test fails, the report shows each lab's seed and timeline.
    """
    from callboard.testing.lab import CallLab  # noqa: PLC0415 (heavy: only when asked for)

    labs = request.node.stash.setdefault(_labs, [])

    def make(agent: Agent | str | Path, **options: Any) -> CallLab:
        if isinstance(agent, str | Path):
            beside = request.path.parent / agent
            agent = beside if beside.exists() else Path(agent)
        lab = CallLab(agent, **options)
        labs.append(lab)
        return lab

    return make


@pytest.fixture
def harness() -> MakeHarness:
    """A factory of harnesses: `harness(actor)` feeds one actor in virtual time."""
    from callboard.testing.harness import Harness  # noqa: PLC0415 (heavy: only when asked for)

    return Harness


@pytest.fixture
def on_network() -> RunOnNetwork:
    """Run a function with the real media engine, in virtual time over a network in memory.

    `on_network(body, loss=0.05, burst=3, delay=0.04, jitter=0.01, seed=1)` runs
    `await body(engine)` and gives its result; `Call(..., engine=engine)` takes the engine.
    """
    from callboard.testing.network import Network  # noqa: PLC0415 (heavy: only when asked for)
    from callboard.testing.virtual_engine import run_on_network  # noqa: PLC0415

    def run(body: Callable[[VirtualEngine], Awaitable[_T]], *, seed: int = 0, **faults: Any) -> _T:
        return run_on_network(body, Network(**faults), seed=seed)

    return run


@pytest.fixture
def timeline_snapshot(request: pytest.FixtureRequest) -> Snapshot:
    """Compare a timeline with the text in `timelines/NAME.txt` beside the test.

    NAME is the test's name. `pytest --update-timelines` writes the text instead.
    """
    snapshot = request.path.parent / "timelines" / f"{request.node.name}.txt"
    updating = bool(request.config.getoption("--update-timelines"))

    def compare(timeline: Timeline) -> None:
        if updating:
            snapshot.parent.mkdir(exist_ok=True)
            snapshot.write_text(str(timeline), encoding="utf-8", newline="\n")
        if not snapshot.exists():
            pytest.fail(
                f"there is no snapshot {snapshot}; "
                "look at the timeline, and write it with `pytest --update-timelines`:\n"
                f"{timeline}",
                pytrace=False,
            )
        expected = snapshot.read_text(encoding="utf-8")
        assert str(timeline) == expected, "run `pytest --update-timelines` if this is right"

    return compare


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the labs of a test that failed: seed and timeline."""
    report = yield
    if report.failed:
        for lab in item.stash.get(_labs, ()):
            report.sections.append((f"call lab, seed={lab.seed}", str(lab.timeline or "not run")))
    return report
