"""Clients in a room of this process, and what they were told."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from callboard.daily import CallClient, EventHandler

PATIENCE = 30.0
URL = "https://example.daily.co/scene"


class Notes(EventHandler):
    """Writes down every event, in order."""

    def __init__(self) -> None:
        self.events: list[tuple[str, tuple[object, ...]]] = []
        self._news = threading.Condition()

    def __getattribute__(self, name: str) -> object:
        if not name.startswith("on_"):
            return super().__getattribute__(name)
        return lambda *values: self._note(name.removeprefix("on_"), values)

    def _note(self, name: str, values: tuple[object, ...]) -> None:
        with self._news:
            self.events.append((name, values))
            self._news.notify_all()

    def find(
        self, name: str, test: Callable[..., bool] = lambda *_: True, patience: float = PATIENCE
    ) -> object:
        """The first event of that name that passes; it is waited for."""

        def found() -> list[tuple[object, ...]]:
            return [values for what, values in self.events if what == name and test(*values)]

        with self._news:
            assert self._news.wait_for(found, patience), f"no {name} among {self.names()}"
        return found()[0]

    def find_last(self, name: str, test: Callable[..., bool]) -> None:
        """Wait until the newest event of that name passes."""

        def passes() -> bool:
            last = next((values for what, values in reversed(self.events) if what == name), None)
            return last is not None and test(*last)

        with self._news:
            assert self._news.wait_for(passes, PATIENCE), f"{name} among {self.names()}"

    def states(self, count: int) -> list[object]:
        """The first so many states of the call; they are waited for."""

        def seen() -> list[object]:
            return [values[0] for what, values in self.events if what == "call_state_updated"]

        with self._news:
            assert self._news.wait_for(lambda: len(seen()) >= count, PATIENCE), seen()
        return seen()[:count]

    def wait_count(self, name: str, count: int) -> None:
        """Wait until so many events of that name have come."""
        with self._news:
            assert self._news.wait_for(lambda: self.names().count(name) >= count, PATIENCE), name

    def names(self, *but: str) -> list[str]:
        """The names so far, without some."""
        return [name for name, _ in self.events if name not in but]


class Told:
    """A completion that is waited for."""

    def __init__(self) -> None:
        self._values: tuple[object, ...] = ()
        self._event = threading.Event()

    def __call__(self, *values: object) -> None:
        assert not self._event.is_set(), "a completion was called twice"
        self._values = values
        self._event.set()

    def wait(self) -> object:
        """What it was called with."""
        assert self._event.wait(PATIENCE), "a completion was never called"
        return self._values if len(self._values) > 1 else self._values[0]


class Person:
    """A client, its notes, and its methods with a wait for the completion."""

    def __init__(self, name: str | None = None) -> None:
        self.notes = Notes()
        self.client = CallClient(event_handler=self.notes)
        if name is not None:
            self.client.set_user_name(name)

    def do(self, method: str, *values: object, **named: object) -> object:
        """Call a method and return what its completion was given."""
        told = Told()
        getattr(self.client, method)(*values, **named, completion=told)
        return told.wait()

    def join(self, url: str = URL, **settings: object) -> str:
        """Join and return the own id."""
        data, error = self.do("join", url, settings.pop("token", None), client_settings=settings)
        assert error is None, error
        return data["participants"]["local"]["id"]

    def see_anybody(self) -> str:
        """Wait until media with somebody stands; who that is."""
        (who, *_) = self.notes.find("participant_joined")
        self.notes.find("network_stats_updated", lambda stats: self._connected(who["id"]))
        return who["id"]

    def _connected(self, participant: str) -> bool:
        shown = self.client.participants().get(participant)
        if shown is None:
            return False
        states = [each["state"] for each in shown["media"].values() if "state" in each]
        return "loading" not in states

    def see(self, participant: str) -> None:
        """Wait until media with a participant stands."""
        self.notes.find(
            "participant_updated",
            lambda who: (
                who["id"] == participant and who["media"]["microphone"]["state"] == "playable"
            ),
        )


def microphone(name: str) -> dict[str, object]:
    """Inputs with one microphone and no camera."""
    return {
        "camera": False,
        "microphone": {"isEnabled": True, "settings": {"deviceId": name}},
    }


SILENT = {"camera": False, "microphone": False}


def tone(hertz: float, seconds: float, rate: int = 16000) -> NDArray[np.int16]:
    """A sine at a quarter of full scale."""
    at = np.arange(round(seconds * rate)) / rate
    return (8192 * np.sin(2 * np.pi * hertz * at)).astype(np.int16)


def level(pcm: bytes, hertz: float, rate: int = 16000) -> float:
    """How much of a sine stands in PCM, as a share of the tone above.

    Windows of 50 ms are measured each for itself: a jitter buffer may shift what follows.
    """
    samples = np.frombuffer(pcm, np.int16) / 8192
    window = rate // 20
    windows = samples[: len(samples) // window * window].reshape(-1, window)
    if not len(windows):
        return 0.0
    probe = np.exp(-2j * np.pi * hertz * np.arange(window) / rate)
    return float(np.mean(2 * np.abs(windows @ probe) / window))


def correlation(sent: NDArray[np.int16], heard: NDArray[np.int16]) -> float:
    """How well what was sent is found in what was heard: the median over parts of 0.4 s at 16 kHz.

    Each part is looked for by itself: where a machine is busy, a jitter buffer shifts what follows.
    """
    parts = [sent[at : at + 6400] for at in range(0, max(1, len(sent) - 6399), 6400)]
    return float(np.median([_found(part, heard) for part in parts]))


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def in_three_tries(attempt: Callable[[], None]) -> None:
    """Real audio on a machine that is busy with something else is late: it may try again."""
    for _ in range(2):
        try:
            return attempt()
        except AssertionError:
            pass
    return attempt()


def place(sent: NDArray[np.int16], heard: NDArray[np.int16]) -> int:
    """Where in `heard` it is that `sent` is found, in samples."""
    size = 1 << (len(sent) + len(heard)).bit_length()
    a, b = np.fft.rfft(sent.astype(np.float64), size), np.fft.rfft(heard.astype(np.float64), size)
    product = np.fft.irfft(b * np.conj(a), size)
    return int(np.argmax(product[: max(1, len(heard) - len(sent) + 1)]))


def _found(sent: NDArray[np.int16], heard: NDArray[np.int16]) -> float:
    """The highest normalized cross-correlation of `sent` within `heard`."""
    a = sent.astype(np.float64)
    b = heard.astype(np.float64)
    size = 1 << (len(a) + len(b)).bit_length()
    product = np.fft.irfft(np.fft.rfft(b, size) * np.conj(np.fft.rfft(a, size)), size)
    cumulated = np.concatenate(([0.0], np.cumsum(b * b)))
    best = 0.0
    for lag in np.argsort(product[: max(1, len(b) - len(a) + 1)])[-20:]:
        energy = cumulated[min(len(b), lag + len(a))] - cumulated[lag]
        if energy > 0:
            best = max(best, product[lag] / np.sqrt(energy * np.sum(a * a)))
    return float(best)
