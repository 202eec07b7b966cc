"""Every requirement is read on every kernel, by a pip that stops at a version that is none."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.version import InvalidVersion

PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))[
    "project"
]
REQUIREMENTS = [
    Requirement(line)
    for lines in (PROJECT["dependencies"], *PROJECT["optional-dependencies"].values())
    for line in lines
]
LINUX = {"sys_platform": "linux", "platform_system": "Linux", "platform_machine": "x86_64"}
WINDOWS = {"sys_platform": "win32", "platform_system": "Windows", "platform_machine": "AMD64"}
MACOS = {"sys_platform": "darwin", "platform_system": "Darwin", "platform_machine": "arm64"}
KERNELS = [
    ("6.1.0-28-amd64", LINUX),
    ("6.8.0-45-generic", LINUX),
    ("6.8.0-1021-aws", LINUX),
    ("6.12.0-1.el10.x86_64", LINUX),
    ("5.15.153.1-microsoft-standard-WSL2", LINUX),
    ("6.6.12-linuxkit", LINUX),
    ("4.4.0", LINUX),
    ("10", WINDOWS),
    ("11", WINDOWS),
    ("23.6.0", MACOS),
    ("24.1.0", MACOS),
    ("25.0.0", MACOS),
]


def wanted(kernel: str, platform: dict[str, str]) -> set[str]:
    """Names of the requirements that hold on one kernel."""
    environment = {**platform, "platform_release": kernel, "platform_version": "#1 SMP"}
    return {
        each.name
        for each in REQUIREMENTS
        if each.marker is None or each.marker.evaluate({**environment, "extra": ""})
    }


def test_the_reader_of_markers_here_stops_at_a_kernels_name():
    with pytest.raises(InvalidVersion):
        Marker("platform_release >= '24'").evaluate({"platform_release": "6.8.0-45-generic"})


@pytest.mark.parametrize(("kernel", "platform"), KERNELS, ids=[kernel for kernel, _ in KERNELS])
def test_every_requirement_can_be_read(kernel: str, platform: dict[str, str]):
    assert "trio" in wanted(kernel, platform)


@pytest.mark.parametrize(
    ("kernel", "platform", "is_wanted"),
    [
        ("6.8.0-45-generic", LINUX, True),
        ("11", WINDOWS, True),
        ("23.6.0", MACOS, False),
        ("24.0.0", MACOS, True),
        ("26.1.0", MACOS, True),
    ],
)
def test_the_recogniser_is_asked_for_only_where_it_has_a_wheel(
    kernel: str, platform: dict[str, str], is_wanted: bool
):
    assert ("moonshine-voice" in wanted(kernel, platform)) is is_wanted
