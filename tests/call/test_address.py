"""Meeting URLs, as people paste them."""

import pytest

from actors.call.address import MeetingAddress
from actors.errors import BadAddressError


@pytest.mark.parametrize(
    ("url", "address", "shown"),
    [
        (
            "http://127.0.0.1:8765/lobby",
            MeetingAddress("127.0.0.1", 8765, "lobby"),
            "http://127.0.0.1:8765/lobby",
        ),
        (
            "https://Meet.Example.org/a.b-c_1/",
            MeetingAddress("meet.example.org", 443, "a.b-c_1", secure=True),
            "https://meet.example.org/a.b-c_1",
        ),
        (
            "http://[::1]:8765/lobby",
            MeetingAddress("::1", 8765, "lobby"),
            "http://[::1]:8765/lobby",
        ),
        (
            "wss://h/lobby?join=1#token=x",
            MeetingAddress("h", 443, "lobby", secure=True),
            "https://h/lobby",
        ),
        ("ws://h:80/lobby", MeetingAddress("h", 80, "lobby"), "http://h/lobby"),
        (
            "https://h:8443/lobby",
            MeetingAddress("h", 8443, "lobby", secure=True),
            "https://h:8443/lobby",
        ),
    ],
)
def test_its_parts(url, address, shown):
    assert MeetingAddress.parse(url) == address
    assert str(address) == shown
    assert address.resource == f"/{address.room}"
    assert MeetingAddress.parse(str(address)) == address


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("", "is no meeting's address"),
        ("lobby", "is no meeting's address"),
        ("ftp://h/lobby", "is no meeting's address"),
        ("http:///lobby", "names no host"),
        ("http://h", "names no room"),
        ("http://h/", "names no room"),
        ("http://h/a/b", "names no room"),
        ("http://h/-a", "names no room"),
        ("http://h:port/lobby", "is no address"),
        ("http://h:99999/lobby", "is no address"),
        ("http://[::1/lobby", "is no address"),
    ],
)
def test_what_is_none_says_what_is_wrong_with_it(url, sentence):
    with pytest.raises(BadAddressError, match=sentence):
        MeetingAddress.parse(url)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("localhost", True),
        ("[::1]", True),
        ("192.168.1.2", False),
        ("example.org", False),
        ("localhost.example.org", False),
    ],
)
def test_whether_it_is_this_machine(host, loopback):
    assert MeetingAddress.parse(f"http://{host}/lobby").loopback is loopback
