"""Which names a server answers to, and which pages may open its sockets."""

from __future__ import annotations

import socket

import pytest

from actors.room.application import Guard

GUARD = Guard(host="127.0.0.1", hosts=["Rooms.example.org"], origins=["https://site.example.org/"])


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:8765",
        "localhost",
        "LOCALHOST:8765",
        "lobby.localhost:80",
        "192.168.1.20",
        "[::1]:8765",
        "rooms.example.org",
        "ROOMS.example.org:443",
        socket.gethostname(),
    ],
)
def test_addresses_own_names_and_configured_names_are_known(host: str) -> None:
    assert GUARD.knows_host(host)


@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        "evil.example.org",
        "127.0.0.1.evil.example.org",
        "rooms.example.org.evil.org",
        "notlocalhost",
        "[::1",
        "rooms.example.org@evil.org",
    ],
)
def test_a_name_that_somebody_pointed_here_is_not(host: str | None) -> None:
    assert not GUARD.knows_host(host)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        (None, "127.0.0.1:8765"),
        ("http://127.0.0.1:8765", "127.0.0.1:8765"),
        ("HTTP://LocalHost:8765", "localhost:8765"),
        ("https://rooms.example.org", "rooms.example.org"),
        ("https://rooms.example.org", "rooms.example.org:443"),
        ("http://[::1]:80", "[::1]"),
        ("https://site.example.org", "rooms.example.org"),
    ],
)
def test_own_pages_configured_sites_and_programs_may_join(origin: str | None, host: str) -> None:
    assert GUARD.trusts_origin(origin, host)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://evil.example.org", "127.0.0.1:8765"),
        ("http://127.0.0.1:8766", "127.0.0.1:8765"),
        ("http://localhost:8765", "127.0.0.1:8765"),
        ("http://rooms.example.org", "rooms.example.org:443"),
        ("https://site.example.org:8443", "rooms.example.org"),
        ("null", "127.0.0.1:8765"),
        ("file://", "127.0.0.1:8765"),
        ("http://[::1", "127.0.0.1"),
        ("http://127.0.0.1:port", "127.0.0.1:8765"),
        ("", ""),
    ],
)
def test_pages_of_others_may_not(origin: str, host: str) -> None:
    assert not GUARD.trusts_origin(origin, host)


def test_any_site_where_that_is_configured() -> None:
    assert Guard(host="x", origins=["*"]).trusts_origin("https://anywhere.org", "x")
