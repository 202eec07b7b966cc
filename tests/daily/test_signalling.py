"""The way to the room is lost and comes back: it is told, and what was asked meanwhile is done."""

import contextlib
import re
import socket
import threading
from collections.abc import Iterator

import pytest
from daily_scene import SILENT, URL, Person


class Cable:
    """Passes every connection on to a port of this machine, until it is cut."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self._ends: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._server.accept()
                far = socket.create_connection(("127.0.0.1", self._port))
                self._ends += (near, far)
                for one, other in ((near, far), (far, near)):
                    thread = threading.Thread(target=self._pass, args=(one, other))
                    thread.start()
                    self._threads.append(thread)

    def _pass(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)
        with contextlib.suppress(OSError):
            other.shutdown(socket.SHUT_RDWR)

    def cut(self) -> None:
        """End what is connected; new connections are passed on."""
        for end in self._ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Pass nothing on any more."""
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.cut()
        for thread in self._threads:
            thread.join()
        for end in self._ends:
            end.close()


@pytest.fixture
def two() -> Iterator[tuple[Person, Person]]:
    people = Person("Ada"), Person("Bob")
    yield people
    for person in people:
        person.client.release()


def test_signalling_that_is_lost_and_back_is_told_once_each_and_nobody_leaves(two, capfd) -> None:
    ada, bob = two
    one = ada.join(inputs=SILENT)
    (port,) = re.findall(r"join at http://127\.0\.0\.1:(\d+)/", capfd.readouterr().err)
    cable = Cable(int(port))
    try:
        room = URL.rsplit("/", 1)[1]
        bob.join(f"http://127.0.0.1:{cable.port}/{room}", inputs=SILENT)
        ada.notes.find("participant_joined")
        for times in (1, 2):
            cable.cut()
            bob.notes.wait_count("network_connection_status_updated", 2 * times - 1)
            assert bob.do("send_app_message", {"n": times}, one) is None  # goes out when it is back
            bob.notes.wait_count("network_connection_status_updated", 2 * times)
            ada.notes.find("app_message", lambda data, _, times=times: data == {"n": times})
        told = [
            values[0]
            for name, values in bob.notes.events
            if name == "network_connection_status_updated"
        ]
        assert told == 2 * [
            {"connection": "signaling", "event": "interrupted"},
            {"connection": "signaling", "event": "connected"},
        ]
        assert "participant_left" not in ada.notes.names() + bob.notes.names()
        assert bob.do("leave") is None
        ada.notes.find("participant_left")
        assert bob.notes.names().count("network_connection_status_updated") == 4
    finally:
        cable.close()
