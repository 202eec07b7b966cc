"""Sound, hearing and ICE servers, from what a client was told. Pure."""

import pytest

from actors.call.port import IceServer
from callboard.daily.client.local_settings import (
    audio_settings_of,
    heard_rate,
    servers_of,
    video_settings_of,
)
from callboard.daily.errors import BadValueError
from callboard.daily.settings import changed_publishing, default_publishing

ROOMS = (IceServer(("stun:room:3478",)),)
OWN = IceServer(("turn:own:3478",), "user", "key")
GIVEN = [{"urls": ["turn:own:3478"], "username": "user", "credential": "key"}]


@pytest.mark.parametrize(
    ("settings", "bitrate", "application"),
    [
        ("speech", 32_000, "voip"),
        ("music", 64_000, "audio"),
        ({"channelConfig": "mono", "bitrate": 24_000}, 24_000, "voip"),
        ({"channelConfig": "stereo"}, 96_000, "voip"),
        ({"bitrate": 1}, 6_000, "voip"),
        ({}, 32_000, "voip"),
    ],
)
def test_sound(settings: object, bitrate: int, application: str) -> None:
    sound = audio_settings_of({"microphone": {"sendSettings": settings}})
    assert (sound.bitrate, sound.application) == (bitrate, application)


LAYERS = {
    "high": {"maxBitrate": 900_000, "maxFramerate": 24},
    "low": {"maxBitrate": 60_000.0, "maxFramerate": 100},
}


@pytest.mark.parametrize(
    ("settings", "bitrate", "frame_rate", "lowest"),
    [
        ({}, 1_500_000, 30, 100_000),
        ("default", 1_500_000, 30, 100_000),
        ({"encodings": LAYERS}, 900_000, 24, 100_000),
        ({"encodings": LAYERS, "maxQuality": "medium"}, 60_000, 60, 60_000),
        ({"maxQuality": "low"}, 90_000, 15, 90_000),
        ({"encodings": {"high": {"maxFramerate": 10}}}, 1_500_000, 10, 100_000),
        ({"encodings": {"high": {"maxBitrate": 1}}}, 50_000, 30, 50_000),
    ],
)
def test_sight(settings: object, bitrate: int, frame_rate: int, lowest: int) -> None:
    given = {"camera": {"sendSettings": settings}}
    sight = video_settings_of(changed_publishing(default_publishing(), given))
    assert (sight.bitrate, sight.frame_rate) == (bitrate, frame_rate)
    assert sight.lowest_bitrate == lowest


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ({"maxBitrate": "high"}, "encodings.high.maxBitrate"),
        ({"bitrate": 5}, "encodings.high"),
    ],
)
def test_a_layer_that_cannot_be_meant(layer: dict, message: str) -> None:
    given = {"camera": {"sendSettings": {"encodings": {"high": layer}}}}
    with pytest.raises(BadValueError, match=message):
        changed_publishing(default_publishing(), given)


@pytest.mark.parametrize(
    ("speakers", "rate"),
    [([], 16_000), ([8000, 16_000], 16_000), ([16_000, 22_050], 24_000), ([44_100], 48_000)],
)
def test_everybody_is_decoded_for_the_best_speaker(speakers: list[int], rate: int) -> None:
    assert heard_rate(speakers) == rate


@pytest.mark.parametrize(
    ("placement", "expected"),
    [("replace", (OWN,)), ("front", (OWN, *ROOMS)), ("back", (*ROOMS, OWN))],
)
def test_ice_servers(placement: str, expected: tuple[IceServer, ...]) -> None:
    choose = servers_of({"placement": placement, "iceServers": GIVEN})
    assert choose is not None
    assert choose(ROOMS) == expected


def test_no_config_leaves_the_rooms_servers() -> None:
    assert servers_of(None) is None


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"placement": "middle", "iceServers": []}, "placement is 'middle'"),
        ({"iceServers": "stun:x"}, "must be a list of servers"),
        ({"iceServers": [{"urls": []}]}, r"iceServers\[0\]\.urls must be"),
    ],
)
def test_a_config_that_cannot_be_meant(config: dict, message: str) -> None:
    with pytest.raises(BadValueError, match=message):
        servers_of(config)
