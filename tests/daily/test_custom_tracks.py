"""Named tracks over real media: seen in what is known of a participant, chosen, rendered."""

import threading
from collections.abc import Iterator

import numpy as np
import pytest
from daily_scene import SILENT, Person, microphone
from sounds import seconds_of, tone
from test_video import HEIGHT, WIDTH, Eye, picture, show_until

from callboard.daily import (
    CustomAudioSource,
    CustomAudioTrack,
    CustomVideoSource,
    CustomVideoTrack,
    Daily,
)

pytestmark = pytest.mark.real

RADIO = {"state": "playable", "subscribed": "subscribed"}


@pytest.fixture
def two() -> Iterator[tuple[Person, Person]]:
    people = Person("Ada"), Person("Bob")
    yield people
    for person in people:
        person.client.release()


class Ear:
    """Keeps what an audio renderer is given, from `clear` on."""

    def __init__(self, person: Person, participant: str, source: str) -> None:
        self._pieces: list[bytes] = []
        self._sources: set[str] = set()
        self._news = threading.Condition()
        person.client.set_audio_renderer(participant, self._take, audio_source=source)

    def _take(self, participant: str, data: object, source: str) -> None:
        with self._news:
            self._pieces.append(data.audio_frames)
            self._sources.add(source)
            self._news.notify_all()

    def clear(self) -> None:
        with self._news:
            self._pieces.clear()

    def seconds_of(self, hertz: float) -> float:
        """How much of a tone has come since `clear`."""
        with self._news:
            return seconds_of(hertz, b"".join(self._pieces))

    def wait_for_tone(self, hertz: float, seconds: float) -> None:
        """Wait until so much of a tone has come since `clear`."""
        with self._news:
            assert self._news.wait_for(
                lambda: seconds_of(hertz, b"".join(self._pieces)) >= seconds, 30
            )

    def wait(self, pieces: int) -> None:
        """Wait for so many pieces of 20 ms."""
        with self._news:
            assert self._news.wait_for(lambda: len(self._pieces) >= pieces, 30)

    @property
    def sources(self) -> set[str]:
        return self._sources

    @property
    def count(self) -> int:
        return len(self._pieces)


def tracks_of(person: Person, participant: str, kind: str = "customAudio") -> dict:
    return person.client.participants()[participant]["media"][kind]


def test_a_named_audio_track_is_rendered_for_itself_beside_the_microphone(two) -> None:
    ada, bob = two
    device = Daily.create_microphone_device("mic", non_blocking=True)
    radio, second = CustomAudioSource(48000, 2), CustomAudioSource(16000, 1)
    track = CustomAudioTrack(radio)
    one = ada.join(inputs=microphone("mic"))
    bob.join(inputs=SILENT)
    bob.see(one)
    assert ada.do("add_custom_audio_track", "radio", track) is None
    bob.notes.find("participant_updated", lambda who: who["media"]["customAudio"].get("radio"))
    assert tracks_of(bob, one) == {"radio": RADIO}
    ada.notes.find(
        "participant_updated",
        lambda who: who["info"]["isLocal"] and who["media"]["customAudio"] == {"radio": RADIO},
    )
    ears = {name: Ear(bob, one, name) for name in ("microphone", "radio")}
    stereo = np.repeat(tone(1000, 0.6, 48000), 2).tobytes()

    # The first packets bring the renderer: they come when the track's section is negotiated.
    radio.write_frames(bytes(48000 * 4 // 5))
    for ear in ears.values():
        ear.wait(1)
        ear.clear()
    device.write_frames(tone(440, 0.6).tobytes())
    radio.write_frames(stereo)
    ears["microphone"].wait_for_tone(440, 0.3)
    ears["radio"].wait_for_tone(1000, 0.3)
    assert ears["microphone"].seconds_of(1000) < 0.05
    assert ears["radio"].seconds_of(440) < 0.05
    assert ears["radio"].sources == {"radio"}

    # Another source under the same name goes on as the same track.
    assert ada.do("update_custom_audio_track", "radio", CustomAudioTrack(second)) is None

    second.write_frames(tone(700, 0.6).tobytes())
    ears["radio"].wait_for_tone(700, 0.3)
    assert tracks_of(bob, one) == {"radio": RADIO}

    # What is not subscribed to is silent and shown as such; then it is heard again.
    nothing = {one: {"media": {"customAudio": {"radio": "unsubscribed"}}}}
    assert bob.do("update_subscriptions", participant_settings=nothing) is None
    assert tracks_of(bob, one) == {"radio": {"state": "receivable", "subscribed": "unsubscribed"}}
    before = ears["radio"].count
    second.write_frames(tone(700, 0.3).tobytes())
    assert ears["radio"].count <= before + 2
    everything = {one: {"media": {"customAudio": {"radio": "subscribed"}}}}
    assert bob.do("update_subscriptions", participant_settings=everything) is None
    ears["radio"].clear()
    second.write_frames(tone(700, 0.6).tobytes())
    ears["radio"].wait_for_tone(700, 0.3)

    assert ada.do("remove_custom_audio_track", "radio") is None
    bob.notes.find_last("participant_updated", lambda who: who["media"]["customAudio"] == {})
    before = ears["radio"].count
    ears["microphone"].clear()
    ears["microphone"].wait(10)
    assert ears["radio"].count <= before + 2
    assert second.write_frames(bytes(3200)) == 1600  # the source goes on without a call


def test_the_sound_of_a_screen_is_no_voice_and_rendered_for_itself(two) -> None:
    ada, bob = two
    device = Daily.create_microphone_device("mic", non_blocking=True)
    film = CustomAudioSource(24000, 1)
    track = CustomAudioTrack(film)
    sound = {"screenAudio": {"isEnabled": True, "settings": {"customTrack": {"id": track.id}}}}
    one = ada.join(inputs={**microphone("mic"), **sound})
    bob.join(inputs=SILENT)
    bob.see(one)
    ears = {name: Ear(bob, one, name) for name in ("microphone", "screenAudio")}
    device.write_frames(tone(440, 0.6).tobytes())
    film.write_frames(tone(1000, 0.6, 24000).tobytes())
    ears["microphone"].wait_for_tone(440, 0.3)
    ears["screenAudio"].wait_for_tone(1000, 0.3)
    assert ears["microphone"].seconds_of(1000) < 0.05
    assert ears["screenAudio"].seconds_of(440) < 0.05
    assert ears["screenAudio"].sources == {"screenAudio"}
    assert ada.do("update_inputs", {"screenAudio": False}) is None
    before = ears["screenAudio"].seconds_of(1000)
    film.write_frames(tone(1000, 0.4, 24000).tobytes())
    assert ears["screenAudio"].seconds_of(1000) <= before + 0.1


def test_who_comes_later_and_who_comes_back_get_the_tracks_that_there_are(two) -> None:
    ada, bob = two
    radio, slides = CustomAudioSource(16000, 1), CustomVideoSource(WIDTH, HEIGHT, "RGB")
    tracks = CustomAudioTrack(radio), CustomVideoTrack(slides)
    assert ada.do("add_custom_audio_track", "radio", tracks[0]) is None  # before the call
    assert ada.do("add_custom_video_track", "slides", tracks[1]) is None
    for _ in range(2):
        one = ada.join(inputs=SILENT)
        bob.join(inputs=SILENT)
        eye = Eye()
        bob.client.set_video_renderer(one, eye, video_source="slides", color_format="RGB")
        ear = Ear(bob, one, "radio")
        shown = picture("RGB")
        show_until(eye, lambda shown=shown: slides.write_frame(shown))
        assert eye.source == "slides"

        radio.write_frames(tone(600, 0.6).tobytes())
        ear.wait_for_tone(600, 0.3)
        assert tracks_of(bob, one) == {"radio": RADIO}
        assert tracks_of(bob, one, "customVideo") == {"slides": RADIO}
        # The screen and the camera are as they were.
        media = bob.client.participants()[one]["media"]
        assert media["screenVideo"]["state"] == media["camera"]["state"] == "off"
        assert ada.do("leave") is None
        assert bob.do("leave") is None


def test_a_custom_picture_that_is_not_subscribed_to_is_not_seen(two) -> None:
    ada, bob = two
    slides = CustomVideoSource(WIDTH, HEIGHT, "RGB")
    track = CustomVideoTrack(slides)
    nothing = {"base": {"customVideo": {"*": "unsubscribed"}}}
    assert bob.do("update_subscription_profiles", nothing) is None
    one = ada.join(inputs=SILENT)
    bob.join(inputs=SILENT)
    bob.notes.find("participant_joined", lambda who: who["id"] == one)
    assert ada.do("add_custom_video_track", "slides", track) is None
    bob.notes.find("participant_updated", lambda who: who["media"]["customVideo"].get("slides"))
    eye = Eye()
    bob.client.set_video_renderer(one, eye, video_source="slides", color_format="RGB")
    shown = picture("RGB")
    for _ in range(20):
        slides.write_frame(shown)
        assert not eye.seen.wait(0.05)
    chosen = {one: {"media": {"customVideo": {"slides": "subscribed"}}}}
    assert bob.do("update_subscriptions", participant_settings=chosen) is None
    show_until(eye, lambda: slides.write_frame(shown))


def test_what_cannot_be_published_is_told_in_a_sentence(two) -> None:
    ada, _ = two
    source = CustomAudioSource(16000, 1)
    track = CustomAudioTrack(source)
    assert ada.do("add_custom_audio_track", "x" * 65, track) == (
        "a track's name has 1 to 64 characters."
    )
    assert ada.do("add_custom_audio_track", "radio", track) is None
    assert "TrackNameAlreadyInUse" in ada.do("add_custom_audio_track", "radio", track)
    ada.join(inputs=SILENT)
    assert ada.do("add_custom_audio_track", "again", track) is None
    (said,) = ada.notes.find("error", lambda text: "UpdateInputs" in text)
    assert "is attached to a call" in said
    for number in range(14):
        assert ada.do("add_custom_audio_track", f"track {number}", track) is None
    assert ada.do("add_custom_audio_track", "one more", track) == (
        "a client publishes 16 custom tracks at most."
    )
