"""The events of a client: one method each, which does nothing until it is overridden."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Self

from callboard.daily.callbacks import CallbackQueue, CallbackThreads
from callboard.daily.shapes import Json


class EventHandler:
    """Override the methods of the events that matter.

    They are called one after the other, in the order of what happened, on a thread of their own:
    any method of a client or device may be called from within. One that blocks keeps later events
    of that client waiting, nothing else.
    """

    def __new__(cls, *args: object, **kwargs: object) -> Self:
        """Take whatever a subclass takes; it need not call `super().__init__()`."""
        return super().__new__(cls)

    def on_active_speaker_changed(self, participant: Mapping[str, Json]) -> None:
        """Somebody else speaks now (the loudest)."""

    def on_app_message(self, message: Json, sender: str) -> None:
        """A message came: any JSON, and its sender's id."""

    def on_available_devices_updated(self, available_devices: Mapping[str, Json]) -> None:
        """A device was made: what there is, by kind."""

    def on_call_state_updated(self, state: str) -> None:
        """ "initialized", "joining", "joined", "leaving" or "left"."""

    def on_dialin_connected(self, data: Mapping[str, Json]) -> None:
        """Phone events do not occur: there is no phone network here."""

    def on_dialin_error(self, data: Mapping[str, Json]) -> None:
        """Phone events do not occur: there is no phone network here."""

    def on_dialin_ready(self, sip_endpoint: str) -> None:
        """Phone events do not occur: there is no phone network here."""

    def on_dialin_stopped(self, data: Mapping[str, Json]) -> None:
        """Phone events do not occur: there is no phone network here."""

    def on_dialin_warning(self, data: Mapping[str, Json]) -> None:
        """Phone events do not occur: there is no phone network here."""

    def on_dialout_answered(self, data: Mapping[str, Json]) -> None:
        """Phone events do not occur: there is no phone network here."""

    def on_dialout_connected(self, data: Mapping[str, Json]) -> None:
        """Phone events do not occur: there is no phone network here."""

    def on_dialout_error(self, data: Mapping[str, Json]) -> None:
        """Phone events do not occur: there is no phone network here."""

    def on_dialout_stopped(self, data: Mapping[str, Json]) -> None:
        """Phone events do not occur: there is no phone network here."""

    def on_dialout_warning(self, data: Mapping[str, Json]) -> None:
        """Phone events do not occur: there is no phone network here."""

    def on_dtmf_event(self, data: Mapping[str, Json]) -> None:
        """Phone events do not occur: there is no phone network here."""

    def on_error(self, message: str) -> None:
        """A request failed, or the call did; a sentence."""

    def on_inputs_updated(self, input_settings: Mapping[str, Json]) -> None:
        """Camera or microphone were chosen or switched."""

    def on_live_stream_error(self, stream_id: str, message: str) -> None:
        """A live stream failed."""

    def on_live_stream_started(self, status: Mapping[str, Json]) -> None:
        """A live stream runs: layout, who started it, its id."""

    def on_live_stream_stopped(self, stream_id: str) -> None:
        """A live stream has ended."""

    def on_live_stream_updated(self, update: Mapping[str, Json]) -> None:
        """A live stream's state has changed."""

    def on_live_stream_warning(self, stream_id: str, message: str) -> None:
        """A live stream has difficulties."""

    def on_network_connection_status_updated(self, status: Mapping[str, Json]) -> None:
        """The way to the room or its media broke, or is back."""

    def on_network_stats_updated(self, stats: Mapping[str, Json]) -> None:
        """How well the network does, every few seconds."""

    def on_participant_counts_updated(self, counts: Mapping[str, Json]) -> None:
        """How many are present, and how many hidden."""

    def on_participant_joined(self, participant: Mapping[str, Json]) -> None:
        """Somebody came, or was there already when we did."""

    def on_participant_left(self, participant: Mapping[str, Json], reason: str) -> None:
        """Somebody went: "leftCall", or "hidden" when they only became invisible."""

    def on_participant_updated(self, participant: Mapping[str, Json]) -> None:
        """Something about somebody has changed, ourselves included."""

    def on_publishing_updated(self, publishing_settings: Mapping[str, Json]) -> None:
        """What is published, and how, has changed."""

    def on_recording_error(self, stream_id: str, message: str) -> None:
        """A recording failed."""

    def on_recording_started(self, status: Mapping[str, Json]) -> None:
        """A recording runs: layout, its ids, who started it."""

    def on_recording_stopped(self, stream_id: str) -> None:
        """A recording has ended and its file is complete."""

    def on_subscription_profiles_updated(self, subscription_profiles: Mapping[str, Json]) -> None:
        """A named choice of what to receive has changed."""

    def on_subscriptions_updated(self, subscriptions: Mapping[str, Json]) -> None:
        """What is received of whom has changed."""

    def on_transcription_error(self, message: str) -> None:
        """The transcription failed."""

    def on_transcription_message(self, message: Json) -> None:
        """Somebody said something: who, the text, when."""

    def on_transcription_started(self, status: Mapping[str, Json]) -> None:
        """A transcription runs: its language, model and ids."""

    def on_transcription_stopped(self, stopped_by: str | None, stopped_by_error: bool) -> None:
        """The transcription has ended; by whom, and whether by an error."""

    def on_transcription_updated(self, update: Mapping[str, Json]) -> None:
        """Whose words are transcribed has changed."""


class EventDispatcher:
    """Calls the handler's methods in order, on a thread that is not Trio's."""

    def __init__(self, threads: CallbackThreads, handler: EventHandler | None) -> None:
        self._handler = handler
        self._queue = CallbackQueue(threads)

    def tell(self, event: str, *arguments: Json) -> None:
        """Call `handler.on_EVENT`; the arguments are copied, so that the handler may keep them."""
        handler = self._handler
        if handler is None:
            return
        own = copy.deepcopy(arguments)
        self._queue.call(lambda: getattr(handler, f"on_{event}")(*own))
