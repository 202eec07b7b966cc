"""Settings: defaults, what a change leaves alone, and what is refused. Pure."""

import pytest

from callboard.daily import settings
from callboard.daily.errors import BadValueError
from callboard.daily.settings import is_subscribed

ID = "8a1f2b88-0000-4000-8000-000000000000"
INPUTS = settings.default_inputs()
PUBLISHING = settings.default_publishing()
PROFILES = settings.default_profiles()


def test_inputs_begin_with_camera_and_microphone_on() -> None:
    assert INPUTS["camera"] == INPUTS["microphone"] == {"isEnabled": True, "settings": {}}
    assert INPUTS["screenVideo"]["isEnabled"] is INPUTS["screenAudio"]["isEnabled"] is False
    assert INPUTS["customAudio"] == INPUTS["customVideo"] == {}


@pytest.mark.parametrize(
    ("given", "name", "expected"),
    [
        ({"camera": False}, "camera", {"isEnabled": False, "settings": {}}),
        (
            {"microphone": {"isEnabled": True, "settings": {"deviceId": "mic"}}},
            "microphone",
            {"isEnabled": True, "settings": {"deviceId": "mic"}},
        ),
        (
            {"microphone": {"settings": {"deviceId": "mic"}}},
            "microphone",
            {"isEnabled": True, "settings": {"deviceId": "mic"}},
        ),
        (
            {"screenVideo": {"isEnabled": True, "settings": {"customTrack": {"id": "t"}}}},
            "screenVideo",
            {"isEnabled": True, "settings": {"customTrack": {"id": "t"}}},
        ),
        ({"camera": "fromDefaults"}, "camera", {"isEnabled": True, "settings": {}}),
        ({"camera": None}, "camera", {"isEnabled": True, "settings": {}}),
        ("fromDefaults", "camera", {"isEnabled": True, "settings": {}}),
        ({"speaker": {"settings": {"deviceId": "s"}}}, "speaker", {"settings": {"deviceId": "s"}}),
    ],
)
def test_inputs_change(given: object, name: str, expected: object) -> None:
    after = settings.changed_inputs(INPUTS, given)
    assert after[name] == expected
    others = {key: value for key, value in after.items() if key != name}
    assert others == {key: value for key, value in INPUTS.items() if key != name}
    assert settings.default_inputs() == INPUTS  # what was there before is not touched


def test_the_device_or_track_that_was_named_last_counts() -> None:
    track = {"microphone": {"settings": {"customTrack": {"id": "t"}}}}
    device = {"microphone": {"settings": {"deviceId": "mic"}}}
    one = settings.changed_inputs(settings.changed_inputs(INPUTS, track), device)
    two = settings.changed_inputs(settings.changed_inputs(INPUTS, device), track)
    assert one["microphone"]["settings"] == {"deviceId": "mic"}
    assert two["microphone"]["settings"] == {"customTrack": {"id": "t"}}


def test_publishing_begins_with_three_layers_of_vp8() -> None:
    camera = PUBLISHING["camera"]["sendSettings"]
    assert camera["preferredCodec"] == "VP8"
    assert camera["startBitrate"] == 1_000_000
    layers = {
        name: (layer["maxBitrate"], layer["maxFramerate"])
        for name, layer in camera["encodings"].items()
    }
    assert layers == {"high": (680_000, 30), "medium": (200_000, 15), "low": (90_000, 15)}
    assert PUBLISHING["microphone"] == {
        "isPublishing": True,
        "sendSettings": {"channelConfig": "mono"},
    }


def test_publishing_changes() -> None:
    after = settings.changed_publishing(
        PUBLISHING,
        {
            "camera": {"isPublishing": False, "sendSettings": {"maxQuality": "low"}},
            "microphone": {"sendSettings": "speech"},
            "screenAudio": True,
            "customAudio": {"radio": {"sendSettings": {"channelConfig": "stereo"}}, "tv": True},
        },
    )
    assert after["camera"]["isPublishing"] is False
    assert after["camera"]["sendSettings"]["maxQuality"] == "low"
    assert after["camera"]["sendSettings"]["preferredCodec"] == "VP8"
    assert after["microphone"] == {"isPublishing": True, "sendSettings": "speech"}
    assert after["customAudio"]["radio"] == {"sendSettings": {"channelConfig": "stereo"}}
    assert after["customAudio"]["tv"] == {"isPublishing": True}


def test_everything_is_received_at_first() -> None:
    assert PROFILES["base"]["camera"] == {
        "subscriptionState": "subscribed",
        "receiveSettings": {"maxQuality": "high"},
    }
    assert PROFILES["base"]["microphone"]["subscriptionState"] == "subscribed"
    assert is_subscribed(PROFILES, {}, ID, "camera")
    assert is_subscribed(PROFILES, {}, ID, "customAudio", "radio")


def test_profiles_and_single_participants() -> None:
    profiles = settings.changed_profiles(
        PROFILES,
        {
            "base": {"camera": "unsubscribed", "microphone": "subscribed"},
            "ears": {"camera": {"subscriptionState": "unsubscribed"}},
            "eyes": {"camera": {"settings": {"maxQuality": "low"}}, "microphone": "unsubscribed"},
        },
    )
    assert profiles["base"]["camera"] == {
        "subscriptionState": "unsubscribed",
        "receiveSettings": {"maxQuality": "high"},
    }
    assert profiles["eyes"]["camera"]["receiveSettings"] == {"maxQuality": "low"}
    assert not is_subscribed(profiles, {}, ID, "camera")
    chosen = settings.changed_subscriptions({}, {ID: {"profile": "eyes"}}, profiles)
    assert is_subscribed(profiles, chosen, ID, "camera")
    assert not is_subscribed(profiles, chosen, ID, "microphone")
    heard = settings.changed_subscriptions(
        chosen, {ID: {"media": {"microphone": "subscribed"}}}, profiles
    )
    assert heard[ID]["profile"] == "eyes"
    assert is_subscribed(profiles, heard, ID, "microphone")


def test_custom_tracks_are_chosen_by_name() -> None:
    media = {"customAudio": {"*": "unsubscribed", "radio": "subscribed"}}
    chosen = settings.changed_subscriptions({}, {ID: {"media": media}}, PROFILES)
    assert is_subscribed(PROFILES, chosen, ID, "customAudio", "radio")
    assert not is_subscribed(PROFILES, chosen, ID, "customAudio", "tv")


def test_permissions_change() -> None:
    before = settings.default_permissions()
    after = settings.changed_permissions(before, {"canSend": ["microphone"], "canAdmin": True})
    assert after["canSend"] == ["microphone"]
    assert after["canAdmin"] == ["participants", "streaming", "transcription"]
    assert after["hasPresence"] is True
    assert after["canReceive"] == {"base": True}
    assert settings.changed_permissions(before, {"canSend": False})["canSend"] == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda: settings.changed_inputs(INPUTS, {"webcam": True}), "unknown key 'webcam'"),
        (lambda: settings.changed_inputs(INPUTS, {"camera": 3}), r"inputs\.camera is 3"),
        (lambda: settings.changed_inputs(INPUTS, {"camera": {"isEnabled": 1}}), "isEnabled is 1"),
        (lambda: settings.changed_inputs(INPUTS, []), "must be a dict"),
        (
            lambda: settings.changed_inputs(
                INPUTS, {"microphone": {"settings": {"customTrack": {"id": 5}}}}
            ),
            "must be the id of a custom track",
        ),
        (
            lambda: settings.changed_publishing(
                PUBLISHING, {"camera": {"sendSettings": {"maxQuality": "best"}}}
            ),
            "maxQuality is 'best'; it must be one of low, medium, high",
        ),
        (
            lambda: settings.changed_publishing(
                PUBLISHING, {"microphone": {"sendSettings": "loud"}}
            ),
            "must be one of speech, music",
        ),
        (
            lambda: settings.changed_profiles(PROFILES, {"base": {"camera": "maybe"}}),
            r"profiles\.base\.camera is 'maybe'",
        ),
        (
            lambda: settings.changed_subscriptions({}, {"*": {"profile": "base"}}, PROFILES),
            r"'\*' is not a valid participant ID",
        ),
        (
            lambda: settings.changed_subscriptions({}, {ID: {"profile": "none"}}, PROFILES),
            "known are base",
        ),
        (
            lambda: settings.changed_permissions(
                settings.default_permissions(), {"canSend": ["smell"]}
            ),
            "canSend holds 'smell'",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_sentence(change, message: str) -> None:
    with pytest.raises(BadValueError, match=message):
        change()
