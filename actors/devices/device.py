"""The parts that microphone, speaker and camera share: a name, a call or none, an end."""

from __future__ import annotations

from typing import Self

from actors.devices.statistics import DeviceState
from actors.errors import CallError, DeviceClosedError


class VirtualDevice:
    """A device that is attached to a call or not, until it is closed."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._attached = False
        self._end: CallError | None = None

    @property
    def state(self) -> DeviceState:
        """`unattached`, `running` (attached to a call) or `closed`."""
        if self._end is not None:
            return "closed"
        return "running" if self._attached else "unattached"

    def close(self) -> None:
        """Drop what waits; every later use raises `DeviceClosedError`. Idempotent."""
        self.end(DeviceClosedError(f"The {noun(self)} {self.name!r} is closed."))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def detach(self) -> None:
        """Go on without a call."""
        self._attached = False
        self._wake()

    def end(self, error: CallError) -> None:
        """Close, and let every later use raise `error`."""
        if self._end is None:
            self._drop_all()
            self._end = error
            self.detach()

    def _drop_all(self) -> None:
        """Drop what waits: the device is closed."""

    def _wake(self) -> None:
        """Wake the tasks that wait for this device."""

    def _check(self) -> None:
        if self._end is not None:
            raise type(self._end)(*self._end.args)


def noun(device: VirtualDevice) -> str:
    """Return `microphone`, `speaker` or `camera`."""
    return type(device).__name__.removesuffix("Device").lower()
