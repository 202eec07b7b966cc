"""Transcribes a call by the embedded speech recognition, one ear for everybody."""

from __future__ import annotations

import datetime
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import aclosing
from functools import partial
from typing import Final, TypeVar, TypeVarTuple

import structlog
import trio

from actors.stages.ears import moonshine
from actors.stages.protocols import Ear, Utterance
from actors.stages.stock import stock_ear
from actors.stages.vad import default_detector
from callboard.daily.errors import BadValueError, DailyError, NotSupportedError
from callboard.daily.event_handler import EventDispatcher
from callboard.daily.shapes import Given, Object, fields_of, texts
from media import AudioFrame

LEAD_FRAMES: Final = 10
"""Frames of 20 ms kept from before the speech was noticed."""

ONSET_FRAMES: Final = 3
PAUSE_FRAMES: Final = 35
"""Frames of silence after which an utterance has ended."""


class Segmenter:
    """Cuts one participant's frames of 20 ms into utterances.

    Args:
        begin: called where one begins.
    """

    def __init__(self, begin: Callable[[], Utterance]) -> None:
        self._begin = begin
        self._detector = default_detector()()
        self._lead: deque[AudioFrame] = deque(maxlen=LEAD_FRAMES)
        self._utterance: Utterance | None = None
        self._run = 0
        """Frames in a row that speak for a change between speech and silence."""

    def take(self, frame: AudioFrame) -> None:
        """Give the frame, with those that led in, to the utterance that it belongs to."""
        speech = self._detector.hear(frame.samples)
        self._run = self._run + 1 if speech == (self._utterance is None) else 0
        if self._utterance is not None:
            self._utterance.append(frame)
            if self._run >= PAUSE_FRAMES:
                self._utterance.end()
                self._utterance, self._run = None, 0
            return
        self._lead.append(frame)
        if self._run >= ONSET_FRAMES:
            self._utterance, self._run = self._begin(), 0
            for each in self._lead:
                self._utterance.append(each)
            self._lead.clear()


T = TypeVar("T")
Ts = TypeVarTuple("Ts")

log = structlog.get_logger("callboard.daily")

SETTINGS: Final = (
    "language",
    "model",
    "tier",
    "profanity_filter",
    "redact",
    "punctuate",
    "endpointing",
    "extra",
    "includeRawResponse",
    "instanceId",
    "participants",
)


class Transcription:
    """Tells `on_transcription_*`. Nothing is heard until `start`; then everybody, or those chosen.

    Args:
        local: our own id, under which our own microphone is heard.
    """

    def __init__(self, telling: EventDispatcher, local: Callable[[], str]) -> None:
        self._telling = telling
        self._local = local
        self._serving: trio.Nursery | None = None
        self._chosen: frozenset[str] | None = None
        self._speakers: dict[str, Segmenter] = {}
        self._ear: Ear | None = None
        self._turn = 0
        self._raw = False
        self._instance = ""

    @property
    def running(self) -> bool:
        return self._serving is not None

    async def start(self, settings: Given | None, nursery: trio.Nursery) -> None:
        """Begin. Raises `NotSupportedError` where no speech recognition is installed."""
        given = {} if settings is None else fields_of(settings, "settings", SETTINGS)
        if self.running:
            raise DailyError("a transcription runs already: stop it first, or update it.")
        if not moonshine.available():
            raise NotSupportedError(
                "no speech recognition is installed: pip install 'callboard[voice]'."
            )
        ear = stock_ear()
        language = given.get("language") or ear.language
        if not isinstance(language, str) or language.split("-")[0] not in (ear.language, "multi"):
            raise BadValueError(f"settings.language is {language!r}; the embedded ear hears en.")
        self._chosen = _chosen(given.get("participants"))
        self._raw = bool(given.get("includeRawResponse"))
        self._ear = ear
        self._instance = str(uuid.uuid4())
        await ear.warm(_in_thread)
        await nursery.start(self._serve)
        self._telling.tell(
            "transcription_started",
            {
                "language": language,
                "model": "moonshine-tiny-en",
                "startedBy": self._local(),
                "instanceId": self._instance,
                "transcriptId": str(uuid.uuid4()),
            },
        )

    def update_transcription(self, participants: Sequence[str] | None) -> None:
        """Hear these from now on; None: everybody."""
        if not self.running:
            raise DailyError("no transcription runs: start one first.")
        self._chosen = _chosen(participants)
        chosen: Object = {
            "participants": None if self._chosen is None else [*sorted(self._chosen)],
            "instanceId": self._instance,
            "updatedBy": self._local(),
        }
        self._telling.tell("transcription_updated", chosen)

    def stop(self, *, by: str | None, error: bool = False) -> bool:
        """End; False where nothing ran."""
        if self._serving is None:
            return False
        self._serving.cancel_scope.cancel()
        self._serving = None
        self._speakers.clear()
        self._telling.tell("transcription_stopped", by, error)
        return True

    def hear(self, participant: str, frame: AudioFrame) -> None:
        """Take the next 20 ms (16 kHz mono) of somebody, ourselves included."""
        if self._serving is None or (self._chosen is not None and participant not in self._chosen):
            return
        if participant not in self._speakers:
            self._speakers[participant] = Segmenter(
                partial(self._begin, self._serving, participant)
            )
        self._speakers[participant].take(frame)

    def _begin(self, serving: trio.Nursery, participant: str) -> Utterance:
        self._turn += 1
        utterance = Utterance(self._turn, source=participant)
        serving.start_soon(self._transcribe, participant, utterance)
        return utterance

    async def _serve(self, *, task_status: trio.TaskStatus[None]) -> None:
        async with trio.open_nursery() as self._serving:
            task_status.started()
            await trio.sleep_forever()

    async def _transcribe(self, participant: str, utterance: Utterance) -> None:
        assert self._ear is not None
        began = datetime.datetime.now(datetime.UTC)
        text = ""
        try:
            async with aclosing(self._ear.hear(utterance, _in_thread)) as readings:
                async for heard in readings:
                    text = heard.text
        except Exception as error:
            # Its message may quote what was said.
            log.error("transcription_failed", error=type(error).__name__)
            failed = f"speech recognition failed: {type(error).__name__}"
            self._telling.tell("transcription_error", failed)
            return
        if not text:
            return
        message: Object = {
            "participantId": participant,
            "text": text,
            "timestamp": began.isoformat().replace("+00:00", "Z"),
            "trackType": "cam-audio",
        }
        if self._raw:
            alternative: Object = {"transcript": text}
            message["rawResponse"] = {
                "is_final": True,
                "channel": {"alternatives": [alternative]},
            }
        self._telling.tell("transcription_message", message)


def _chosen(participants: object) -> frozenset[str] | None:
    if participants is None:
        return None
    names = texts(participants, "participants")
    return None if "*" in names else frozenset(names)


async def _in_thread(fn: Callable[[*Ts], T], /, *args: *Ts) -> T:
    return await trio.to_thread.run_sync(fn, *args, abandon_on_cancel=True)
