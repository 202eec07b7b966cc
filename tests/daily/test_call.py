"""Clients in a real room, over real media: who is told what, who hears whom."""

import contextlib
import threading
from collections.abc import Iterator

import numpy as np
import pytest
from daily_scene import SILENT, URL, Person, microphone
from sounds import check_speech, seconds_of, tone

from callboard.daily import CustomAudioSource, CustomAudioTrack, Daily
from callboard.testing.synthetic import synthesize

pytestmark = pytest.mark.real


@pytest.fixture
def people() -> Iterator[dict[str, Person]]:
    """Ada, who has a microphone, and Bob, who listens; both are in the room."""
    everybody = {"Ada": Person("Ada"), "Bob": Person("Bob")}
    yield everybody
    for person in everybody.values():
        person.client.release()


class Listener:
    """Reads a speaker on a thread of its own."""

    def __init__(self, name: str) -> None:
        self.speaker = Daily.create_speaker_device(name)
        self.heard: list[bytes] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._listen)

    def _listen(self) -> None:
        while not self._stop.is_set():
            self.heard.append(self.speaker.read_frames(1600))

    def __enter__(self) -> "Listener":
        self.heard.clear()
        self._stop.clear()
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def pcm(self) -> bytes:
        return b"".join(self.heard)


def pass_time(seconds: float) -> None:
    """Wait by a clock of the API itself: a speaker that nobody else reads."""
    Daily.create_speaker_device("clock").read_frames(round(16000 * seconds))


def state_of(who: dict) -> str:
    """The state of somebody's microphone."""
    return who["media"]["microphone"]["state"]


def meet(first: Person, second: Person, device: str) -> tuple[str, str]:
    """Both join and see each other; their ids."""
    one = first.join(inputs=microphone(device))
    first.notes.find("participant_updated", lambda who: state_of(who) == "playable")
    two = second.join(inputs=SILENT)
    second.see(one)
    return one, two


def test_what_is_told_when_two_meet_talk_mute_write_and_part(people) -> None:
    device = Daily.create_microphone_device("mic")
    ada, bob = people["Ada"], people["Bob"]
    one, two = meet(ada, bob, device.name)
    ada.client.update_inputs({"microphone": False})
    bob.notes.find("participant_updated", lambda who: who["id"] == one and state_of(who) == "off")
    assert ada.do("send_app_message", {"n": 1}) is None
    bob.notes.find("app_message")
    assert ada.do("leave") is None
    ada.notes.find("call_state_updated", lambda state: state == "left")
    bob.notes.find("participant_counts_updated", lambda counts: counts["present"] == 1)

    def told(person: Person) -> list[object]:
        lines: list[object] = []
        for name, values in person.notes.events:
            match name, values:
                case "network_stats_updated" | "available_devices_updated", _:
                    continue
                case "inputs_updated", _:
                    lines.append(name)
                case "call_state_updated", (state,):
                    lines.append((name, state))
                case "participant_updated", (who,) if who["info"]["isLocal"]:
                    lines.append(("local", state_of(who)))
                case (("participant_joined" | "participant_updated" | "participant_left"), _):
                    who, *rest = values
                    lines.append((name, who["id"], state_of(who), *rest))
                case _:
                    lines.append((name, *values))
        return lines

    assert told(ada) == [
        "inputs_updated",
        ("call_state_updated", "joining"),
        ("call_state_updated", "joined"),
        ("local", "off"),
        ("participant_counts_updated", {"hidden": 0, "present": 1}),
        ("local", "playable"),
        ("participant_joined", two, "off"),
        ("participant_counts_updated", {"hidden": 0, "present": 2}),
        "inputs_updated",
        ("local", "off"),
        ("call_state_updated", "leaving"),
        ("call_state_updated", "left"),
    ]
    assert told(bob) == [
        "inputs_updated",
        ("call_state_updated", "joining"),
        ("call_state_updated", "joined"),
        ("local", "off"),
        ("participant_counts_updated", {"hidden": 0, "present": 2}),
        ("participant_joined", one, "loading"),
        ("participant_updated", one, "playable"),
        ("participant_updated", one, "off"),
        ("app_message", {"n": 1}, one),
        ("participant_left", one, "off", "leftCall"),
        ("participant_counts_updated", {"hidden": 0, "present": 1}),
    ]


def test_the_shape_of_a_participant_and_of_what_join_finds(people) -> None:
    device = Daily.create_microphone_device("mic")
    ada, bob = people["Ada"], people["Bob"]
    one, two = meet(ada, bob, device.name)
    found = bob.client.participants()
    assert set(found) == {"local", one}
    assert found["local"]["id"] == two
    shown = found[one]
    assert shown["info"] | {"joinedAt": 0} == {
        "isLocal": False,
        "isOwner": False,
        "joinedAt": 0,
        "permissions": {
            "hasPresence": True,
            "canAdmin": [],
            "canSend": [
                "camera",
                "microphone",
                "screenVideo",
                "screenAudio",
                "customVideo",
                "customAudio",
            ],
            "canReceive": {"base": True},
        },
        "userId": one,
        "userName": "Ada",
    }
    assert isinstance(shown["info"]["joinedAt"], int)
    assert shown["media"]["microphone"] == {"state": "playable", "subscribed": "subscribed"}
    off = {"state": "off", "subscribed": "subscribed", "offReasons": ["user"]}
    assert shown["media"]["camera"] == shown["media"]["screenVideo"] == off
    assert shown["media"]["customAudio"] == shown["media"]["customVideo"] == {}
    assert bob.client.participant_counts() == {"present": 2, "hidden": 0}
    found["local"]["id"] = "changed"
    assert bob.client.participants()["local"]["id"] == two  # what was given is a copy


def test_a_bot_is_heard_by_speaker_and_renderers_of_any_interval(people) -> None:
    device = Daily.create_microphone_device("mic")
    listener = Listener("speaker")
    Daily.select_speaker_device("speaker")
    one, _ = meet(people["Ada"], people["Bob"], device.name)
    bob = people["Bob"].client
    said = synthesize("what is said arrives as it was said")
    for rate, interval in ((16000, 33), (48000, 7), (8000, 250)):
        sizes: list[tuple[int, int]] = []
        enough = threading.Event()

        def measure(who: str, data, source: str, sizes=sizes, enough=enough) -> None:
            sizes.append((data.num_audio_frames, data.sample_rate))
            if len(sizes) == 4:
                enough.set()

        bob.set_audio_renderer(one, measure, sample_rate=rate, callback_interval_ms=interval)
        assert enough.wait(30)
        exact = rate * interval / 1000
        assert all(abs(size - exact) < 1 and at == rate for size, at in sizes)
    pieces: list = []
    bob.set_audio_renderer(one, lambda *piece: pieces.append(piece))
    with listener:
        assert device.write_frames(said.tobytes()) == len(said)
        pass_time(0.5)
    check_speech(said, np.frombuffer(listener.pcm, np.int16))
    heard = np.frombuffer(b"".join(data.audio_frames for _, data, _ in pieces), np.int16)
    check_speech(said, heard)
    assert {who for who, _, _ in pieces} == {one}
    assert {source for _, _, source in pieces} == {"microphone"}
    assert {data.num_audio_frames for _, data, _ in pieces} == {320}


def test_a_renderer_ends_when_its_callback_is_none(people) -> None:
    device = Daily.create_microphone_device("mic")
    one, _ = meet(people["Ada"], people["Bob"], device.name)
    bob = people["Bob"]
    heard = threading.Event()
    pieces: list[object] = []
    bob.client.set_audio_renderer(one, lambda *_: (pieces.append(1), heard.set()))
    assert heard.wait(30)
    bob.client.set_audio_renderer(one, None)
    bob.do("update_inputs", {})  # done after it
    device.write_frames(bytes(640))
    before = len(pieces)
    device.write_frames(bytes(6400))
    assert len(pieces) == before


def test_mute_by_subscription(people) -> None:
    device = Daily.create_microphone_device("mic")
    listener = Listener("speaker")
    ada, bob = people["Ada"], people["Bob"]
    one, _ = meet(ada, bob, device.name)
    ringing = tone(440, 0.6).tobytes()
    unsubscribed = {one: {"media": {"microphone": "unsubscribed"}}}
    assert bob.do("update_subscriptions", participant_settings=unsubscribed) is None
    assert bob.client.participants()[one]["media"]["microphone"] == {
        "state": "receivable",
        "subscribed": "unsubscribed",
    }
    with listener:
        device.write_frames(ringing)
    assert seconds_of(440, listener.pcm) < 0.01
    bob.do("update_subscriptions", {one: {"media": {"microphone": "subscribed"}}})
    with listener:
        device.write_frames(ringing)
        pass_time(0.3)
    assert seconds_of(440, listener.pcm) > 0.3


def test_two_clients_of_a_process_with_two_microphones_and_two_speakers_each(people) -> None:
    """Each hears the other's microphones on its own speakers, and nothing else."""
    tones = {"a1": 440, "a2": 700, "b1": 1000, "b2": 1300}
    microphones = {
        name: Daily.create_microphone_device(f"mic-{name}", non_blocking=True) for name in tones
    }
    listeners = {name: Listener(f"speaker-{name}") for name in tones}
    ids = []
    for person, side in ((people["Ada"], "a"), (people["Bob"], "b")):
        inputs = {
            "camera": False,
            "microphone": {"settings": {"deviceId": [f"mic-{side}1", f"mic-{side}2"]}},
            "speaker": {"settings": {"deviceId": [f"speaker-{side}1", f"speaker-{side}2"]}},
        }
        ids.append(person.join(inputs=inputs))
    people["Ada"].see(ids[1])
    people["Bob"].see(ids[0])

    with contextlib.ExitStack() as stack:
        for listener in listeners.values():
            stack.enter_context(listener)
        for name, hertz in tones.items():
            microphones[name].write_frames(tone(hertz, 1.0).tobytes())
        pass_time(1.5)
    heard = {
        name: [other for other, hertz in tones.items() if seconds_of(hertz, listener.pcm) > 0.4]
        for name, listener in listeners.items()
    }
    assert heard == {
        "a1": ["b1", "b2"],
        "a2": ["b1", "b2"],
        "b1": ["a1", "a2"],
        "b2": ["a1", "a2"],
    }


def test_a_speaker_belongs_to_the_clients_that_join_after_it_was_selected(people) -> None:
    ada, bob = people["Ada"], people["Bob"]
    device = Daily.create_microphone_device("mic", non_blocking=True)
    extra = CustomAudioSource(16000, 1)
    listeners = [Listener(f"speaker-{k}") for k in "ab"]
    Daily.select_speaker_device("speaker-a")
    one = ada.join(inputs=microphone("mic"))
    Daily.select_speaker_device("speaker-b")
    two = bob.join(inputs=SILENT)
    assert bob.do("add_custom_audio_track", "second", CustomAudioTrack(extra)) is None
    ada.notes.find(
        "participant_updated",
        lambda who: (
            who["id"] == two
            and who["media"]["customAudio"].get("second", {}).get("state") == "playable"
        ),
    )
    bob.see(one)

    with listeners[0], listeners[1]:
        device.write_frames(tone(440, 1.0).tobytes())
        extra.write_frames(tone(1000, 1.0).tobytes())
        pass_time(0.3)
    heard = [[seconds_of(hertz, each.pcm) > 0.4 for hertz in (440, 1000)] for each in listeners]
    assert heard == [[False, True], [True, False]]


def test_leave_and_rejoin_ten_times(people) -> None:
    device = Daily.create_microphone_device("mic", non_blocking=True)
    ada, bob = people["Ada"], people["Bob"]
    bob.join(inputs=SILENT)
    ids = []
    for _ in range(10):
        one = ada.join(inputs=microphone("mic"))
        ids.append(one)
        bob.notes.find(
            "participant_updated",
            lambda who, one=one: (
                who["id"] == one and who["media"]["microphone"]["state"] == "playable"
            ),
        )
        device.write_frames(bytes(3200))
        assert ada.do("leave") is None
        bob.notes.find("participant_left", lambda who, _, one=one: who["id"] == one)
    assert len(set(ids)) == 10
    assert ada.notes.states(40) == ["joining", "joined", "leaving", "left"] * 10


def test_a_call_that_cannot_be_joined_is_told(people) -> None:
    ada = people["Ada"]
    data, error = ada.do("join", "http://127.0.0.1:9/nobody")
    assert data is None
    assert "nobody answers at http://127.0.0.1:9/nobody" in error
    assert ada.notes.find("error") == (f"Error handling Join: {error}",)
    assert ada.do("join", "this is no address")[1].startswith(
        "'this is no address' is no meeting's"
    )
    assert ada.do("join", "https://example.daily.co/")[1].endswith("as in example.daily.co/hello.")
    assert ada.do("leave") is None


def test_join_twice_and_what_needs_a_call(people) -> None:
    ada = people["Ada"]
    assert ada.do("send_app_message", "too early") == "this needs a call: join first."
    assert ada.do("eject_remote_participants", ["x"]) == "this needs a call: join first."
    ada.join(inputs=SILENT)
    assert ada.do("join", URL)[1] == "this client is in a call already: leave it first."
    nobody = "8a1f2b88-0000-4000-8000-000000000000"
    assert ada.do("send_app_message", 1, nobody) == f"{nobody!r} is no participant of this call."
    assert "only an owner of the room may eject" in ada.do("eject_remote_participants", [nobody])
    with pytest.raises(ValueError, match="message is None"):
        ada.client.send_app_message(None)
    with pytest.raises(ValueError, match="bytes, which JSON cannot hold"):
        ada.client.send_app_message({"pcm": b"123"})
    with pytest.raises(ValueError, match="keys are texts"):
        ada.client.send_app_message({1: 2})


def test_leaving_gives_up_a_join_that_is_under_way(people) -> None:
    ada = people["Ada"]
    joined = threading.Event()
    errors: list[object] = []
    # An address that swallows everything: it would take ten seconds to give up by itself.
    with silent_server() as port:
        ada.client.join(
            f"http://127.0.0.1:{port}/x",
            completion=lambda data, error: (errors.append(error), joined.set()),
        )
        assert ada.do("leave") is None
        assert joined.wait(30)
    assert errors == ["the client left before it had joined."]


def silent_server():
    """A socket that accepts and says nothing."""
    import socket

    @contextlib.contextmanager
    def serving() -> Iterator[int]:
        with socket.create_server(("127.0.0.1", 0)) as server:
            yield server.getsockname()[1]

    return serving()


def test_messages_and_chat(people) -> None:
    ada, bob = people["Ada"], people["Bob"]
    one, two = ada.join(inputs=SILENT), bob.join(inputs=SILENT)
    assert bob.do("send_app_message", ["any", {"json": None}], one) is None
    assert ada.notes.find("app_message") == (["any", {"json": None}], two)
    assert ada.do("send_prebuilt_chat_message", "hello", "The Bot") is None
    line, sender = bob.notes.find("app_message")
    assert sender == one
    assert line["event"] == "chat-msg"
    assert (line["message"], line["name"], line["chat"]) == ("hello", "The Bot", "hello")


def test_the_active_speaker_and_the_network(people) -> None:
    device = Daily.create_microphone_device("mic", non_blocking=True)
    ada, bob = people["Ada"], people["Bob"]
    one, _ = meet(ada, bob, device.name)
    assert bob.client.active_speaker() is None
    device.write_frames(synthesize("somebody speaks now").tobytes())
    assert bob.notes.find("active_speaker_changed")[0]["id"] == one
    assert bob.client.active_speaker()["id"] == one
    stats = bob.notes.find("network_stats_updated")[0]
    assert set(stats) == {"quality", "stats", "threshold"}
    assert stats["threshold"] in ("good", "low", "very-low")
    assert bob.client.get_network_stats()["stats"]["latest"]["recvBitsPerSecond"] >= 0


def test_a_name_is_changed_during_a_call(people) -> None:
    ada, bob = people["Ada"], people["Bob"]
    ada.join(inputs=SILENT)
    bob.join(inputs=SILENT)
    ada.client.set_user_name("Countess")
    bob.notes.find("participant_updated", lambda who: who["info"]["userName"] == "Countess")
    ada.notes.find("participant_updated", lambda who: who["info"]["userName"] == "Countess")
