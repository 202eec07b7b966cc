"""TURN passwords, made anew for each join."""

from __future__ import annotations

import base64
import hashlib
import hmac

from company import NOON, Guest, Town, open_town

from actors.room.tokens import Relays

SERVERS = (
    {"urls": ["stun:s.example.org"]},
    {"urls": ["turn:t.example.org", "turns:t.example.org"]},
    {"urls": "turn:own.example.org", "username": "u", "credential": "c"},
)


def told(guest: Guest) -> list[dict[str, object]]:
    return guest.hears_of("joined")[0]["ice_servers"]


def town() -> Town:
    return open_town(relays=Relays(SERVERS, "the shared secret"))


def test_without_a_secret_servers_are_told_as_they_are() -> None:
    assert told(open_town(relays=Relays(SERVERS)).comes("Alice")) == list(SERVERS)


def test_a_password_is_made_for_each_participant_by_the_rest_form() -> None:
    alice = town().comes("Alice")
    stun, turn, own = told(alice)
    assert (stun, own) == (SERVERS[0], SERVERS[2])
    assert turn["username"] == f"{int(NOON) + 86400}:{alice.id}"
    digest = hmac.digest(b"the shared secret", turn["username"].encode(), hashlib.sha1)
    assert turn["credential"] == base64.b64encode(digest).decode()


def test_a_resume_brings_a_newer_one() -> None:
    here = town()
    alice = here.comes("Alice")
    first = told(alice)[1]
    key = alice.key()
    alice.loses_socket()
    here.clock.now += 10
    again = told(here.comes("Alice", resume=key))[1]
    assert int(again["username"].split(":")[0]) - int(first["username"].split(":")[0]) == 10


def test_the_secret_does_not_show() -> None:
    assert "shared" not in repr(Relays(SERVERS, "the shared secret"))
