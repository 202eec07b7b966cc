"""Clients in a room of this process, and what they were told."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

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


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
