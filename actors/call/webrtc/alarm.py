"""A timer of the kernel's that goes off at a steady pace; Trio waits for it as for a socket.

A deadline of Trio's own at every tick costs 35 calls of Python, and is rounded up to 1 ms.
"""

import ctypes
import os
import sys

CLOCK_MONOTONIC = 1
TFD_NONBLOCK, TFD_CLOEXEC = 0o4000, 0o2000000
TFD_TIMER_ABSTIME = 1
"""timerfd_create(2). Python's `os` has these from 3.13 on."""

SECOND = 10**9


class _Spec(ctypes.Structure):
    """`struct itimerspec`."""

    _fields_ = (
        ("interval_seconds", ctypes.c_long),
        ("interval_nanoseconds", ctypes.c_long),
        ("value_seconds", ctypes.c_long),
        ("value_nanoseconds", ctypes.c_long),
    )


class Alarm:
    """A timer that has a file's number. `open_alarm` makes one, where there are such timers."""

    def __init__(self, libc: ctypes.CDLL, number: int) -> None:
        self._libc = libc
        self._number = number

    def fileno(self) -> int:
        """The timer's number; -1 when closed."""
        return self._number

    def start(self, first: float, period: float) -> None:
        """Go off at the second `first` of `time.monotonic` and every `period` seconds after it.

        Raises:
            OSError: when the alarm is closed.
        """
        seconds, rest = divmod(round(first * SECOND), SECOND)
        every, left = divmod(round(period * SECOND), SECOND)
        spec = _Spec(every, left, seconds, rest)
        if self._libc.timerfd_settime(self._number, TFD_TIMER_ABSTIME, ctypes.byref(spec), None):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))

    def heard(self) -> int:
        """How often it has gone off since it was asked last. Never waits."""
        try:
            return int.from_bytes(os.read(self._number, 8), sys.byteorder)
        except BlockingIOError:
            return 0

    def close(self) -> None:
        """Free the timer. Idempotent."""
        number, self._number = self._number, -1
        if number >= 0:
            os.close(number)


def open_alarm() -> Alarm | None:
    """An alarm that is not started; None where the system has none, or a sandbox forbids it."""
    if not sys.platform.startswith("linux") or sys.maxsize < 2**32:
        return None
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        number = libc.timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)
    except (OSError, AttributeError):
        return None
    return Alarm(libc, number) if number >= 0 else None
