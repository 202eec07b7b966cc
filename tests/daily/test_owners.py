"""Tokens, owners, hidden participants; rooms here and elsewhere."""

import base64
import json
from collections.abc import Iterator

import pytest
import trio
from daily_scene import SILENT, URL, Person, microphone

from actors.room.tokens import Signer
from callboard.daily import Daily
from callboard.daily.client.address import destination
from callboard.daily.context import process
from callboard.daily.options import Options

SECRET = "0123456789abcdef0123456789abcdef"


def theirs(**claims: object) -> str:
    """A token as Daily's service signs them; the key is nobody's here."""
    parts = ({"alg": "HS256", "typ": "JWT"}, claims)
    coded = [base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=") for each in parts]
    return b".".join([*coded, b"c2lnbmF0dXJl"]).decode()


def ours(**claims: object) -> str:
    return Signer(SECRET).meeting_token("scene", seconds=60, claims=claims)


@pytest.fixture
def owner_and_guest() -> Iterator[tuple[Person, Person]]:
    owner, guest = Person(), Person("Guest")
    yield owner, guest
    owner.client.release()
    guest.client.release()


def test_a_token_of_dailys_makes_an_owner_of_the_room_of_this_process(owner_and_guest) -> None:
    owner, guest = owner_and_guest
    one = owner.join(token=theirs(r="scene", o=True, u="Olga"), inputs=SILENT)
    guest.join(token=theirs(r="scene"), inputs=SILENT)
    shown = guest.client.participants()[one]["info"]
    assert (shown["userName"], shown["isOwner"]) == ("Olga", True)
    assert shown["permissions"]["canAdmin"] == ["participants", "streaming", "transcription"]
    assert guest.client.participants()["local"]["info"]["isOwner"] is False


def test_an_owner_ejects(owner_and_guest) -> None:
    owner, guest = owner_and_guest
    owner.join(token=theirs(o=True), inputs=SILENT)
    two = guest.join(inputs=SILENT)
    owner.notes.find("participant_joined")
    assert owner.do("eject_remote_participants", [two]) is None
    assert owner.notes.find("participant_left")[0]["id"] == two
    assert guest.notes.find("call_state_updated", lambda state: state == "left")
    assert "sent this participant away" in guest.notes.find("error")[0]
    assert guest.do("send_app_message", "anybody?") == "this needs a call: join first."


def test_an_owner_mutes_and_takes_permissions(owner_and_guest) -> None:
    device = Daily.create_microphone_device("mic")
    owner, guest = owner_and_guest
    owner.join(token=theirs(o=True), inputs=SILENT)
    two = guest.join(inputs=microphone(device.name))
    owner.see(two)
    off = {two: {"inputsEnabled": {"microphone": False}}}
    assert owner.do("update_remote_participants", off) is None
    assert guest.notes.find(
        "inputs_updated", lambda inputs: inputs["microphone"]["isEnabled"] is False
    )
    owner.notes.find("participant_updated", lambda who: state(who) == "off")
    forbidden = {two: {"permissions": {"canSend": ["camera"]}}}
    assert owner.do("update_remote_participants", forbidden) is None
    owner.notes.find("participant_updated", lambda who: state(who) == "blocked")
    assert guest.do("update_inputs", {"microphone": True}) is None
    guest.notes.find("participant_updated", lambda who: state(who) == "blocked")
    local = guest.client.participants()["local"]
    assert local["info"]["permissions"]["canSend"] == ["camera", "customVideo"]
    assert state(local) == "blocked"
    on = {two: {"inputsEnabled": {"microphone": True}}}
    assert "never on" in owner.do("update_remote_participants", on)


def state(who: dict) -> str:
    return who["media"]["microphone"]["state"]


def test_who_owns_nothing_may_not(owner_and_guest) -> None:
    owner, guest = owner_and_guest
    one = owner.join(token=theirs(o=True), inputs=SILENT)
    guest.join(inputs=SILENT)
    assert "only an owner" in guest.do("eject_remote_participants", [one])
    assert "only an owner" in guest.do("update_remote_participants", {one: {"permissions": {}}})
    assert "only an owner" in guest.do("update_permissions", {"canSend": True})
    assert owner.do("update_permissions", {"canSend": ["microphone"]}) is None
    owner.notes.find(
        "participant_updated",
        lambda who: who["info"]["permissions"]["canSend"] == ["microphone", "customAudio"],
    )


def test_a_hidden_participant_is_counted_and_not_shown(owner_and_guest, monkeypatch) -> None:
    monkeypatch.setenv("CALLBOARD_SECRET", SECRET)
    hidden, guest = owner_and_guest
    two = guest.join(inputs=SILENT)
    hidden.join(token=ours(hidden=True), inputs=SILENT)
    guest.notes.find("participant_counts_updated", lambda counts: counts["hidden"] == 1)
    assert guest.client.participant_counts() == {"present": 1, "hidden": 1}
    assert hidden.client.participant_counts() == {"present": 1, "hidden": 1}
    assert set(guest.client.participants()) == {"local"}
    assert set(hidden.client.participants()) == {"local", two}
    assert "participant_joined" not in guest.notes.names()
    assert hidden.client.participants()["local"]["info"]["permissions"]["hasPresence"] is False


@pytest.mark.parametrize(
    ("room", "url", "expected"),
    [
        ("http://127.0.0.1:1", "https://a.daily.co/hello", "http://127.0.0.1:1/hello"),
        ("http://127.0.0.1:1/", "https://a.daily.co/hello", "http://127.0.0.1:1/hello"),
        ("http://127.0.0.1:1/x", "https://a.daily.co/hello", "http://127.0.0.1:1/x"),
        ("http://127.0.0.1:1", "http://10.0.0.1:80/here", "http://10.0.0.1:80/here"),
        (None, "https://call.example.org/here", "https://call.example.org/here"),
    ],
)
def test_where_a_url_leads(room: str | None, url: str, expected: str) -> None:
    context = process.current()

    async def ask() -> str:
        where = await destination(url, "token", Options(room=room), context.resources)
        return where.url

    assert context.background.run(ask) == expected


def test_the_link_is_told_once_on_standard_error(owner_and_guest, capfd) -> None:
    one, two = owner_and_guest
    one.join(inputs=SILENT)
    two.join(inputs=SILENT)
    out, err = capfd.readouterr()
    assert out == ""
    assert err.count(f"callboard: {URL} is here: join at http://127.0.0.1:") == 1


def test_a_room_elsewhere_by_the_environment(owner_and_guest, monkeypatch) -> None:
    from actors.room import open_room

    one, two = owner_and_guest
    served: dict[str, object] = {}
    ready = trio.Event()

    async def serve() -> None:
        async with open_room() as room:
            served["url"] = room.url
            served["room"] = room
            ready.set()
            await trio.sleep_forever()

    context = process.current()
    task = context.background.spawn(serve)
    context.background.run(ready.wait)
    object.__setattr__(context, "options", Options(room=str(served["url"])))
    one.join(inputs=SILENT)
    two.join("https://other.daily.co/scene", inputs=SILENT)
    one.notes.find("participant_joined")
    names = context.background.call(
        lambda: [each.name for each in served["room"].participants("scene")]
    )
    assert names == ["Guest", "Guest"]
    one.do("leave")
    two.do("leave")
    context.background.forget(task.scope.cancel)
