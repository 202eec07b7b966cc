"""One call of a client, from joining to its end."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import AsyncGenerator
from typing import Final

import trio

from actors.call.address import MeetingAddress
from actors.call.port import MediaEngine
from actors.call.roster import ActiveSpeaker
from actors.messages import ChatMessage, ParticipantEvent
from actors.protocol import Admin, Participant
from actors.session import Session, open_call
from actors.session_life import RoomReached, SessionEvent
from callboard.daily.client.address import Destination
from callboard.daily.client.device_routing import DeviceRouting
from callboard.daily.client.local_settings import audio_settings_of, heard_rate, video_settings_of
from callboard.daily.client.participants import LEFT, Traffic, shown
from callboard.daily.client.state import ClientState
from callboard.daily.client.streams import CallSound
from callboard.daily.errors import DailyError
from callboard.daily.settings import changed_permissions, from_room, to_room
from callboard.daily.shapes import Json, Object, plain

STATISTICS_SECONDS: Final = 2.0

CONNECT_SECONDS: Final = 3.0

BROKEN_SECONDS: Final = 1.0
"""How long media with somebody must be away before it is told."""


class JoinedCall:
    """Tells the handler of a call, and makes the call follow the settings. In Trio."""

    def __init__(self, state: ClientState, session: Session, url: str) -> None:
        self._state = state
        self._session = session
        self._telling = state.telling
        self._staying = trio.CancelScope()
        self._happened = trio.lowlevel.ParkingLot()
        self.ended = trio.Event()
        self.plugging = DeviceRouting(state, session)
        self._traffic = Traffic()
        self.network = self._traffic.stats
        self._speaker: str | None = None
        self._counts: Object = {}
        self._there = set(session.participants)
        self._shown: Object = {}
        self._told: dict[str, Object] = {}
        self._up: set[str] = set()
        self._broken: dict[str, float] = {}
        self._interrupted: set[str] = set()
        room = MeetingAddress.parse(url).room
        taps, watching = self.plugging.overhearing.taps, self.plugging.watching
        self.sound = CallSound(room, session, taps, watching)

    @property
    def leaving(self) -> bool:
        """Whether it is us who ended it."""
        return self._staying.cancel_called

    @property
    def local_id(self) -> str:
        return self._session.id

    @property
    def meeting_id(self) -> str:
        return self._session.meeting

    async def wait_connected(self) -> None:
        """Wait until media stands with everybody who is there, at most 3 s.

        Who speaks as soon as they have joined is then heard from the first word on.
        """
        with trio.move_on_after(CONNECT_SECONDS):
            while not self._session.connected >= self._session.participants.keys():
                await self._happened.park()

    # What is known

    def participants(self) -> Object:
        """Everybody, ourselves as `local`."""
        others = self._session.participants.values()
        return {"local": self._local(), **{who.id: self._show(who) for who in others}}

    def counts(self) -> Object:
        own = self._session.own
        return {
            "present": len(self._session.participants) + (not own.hidden),
            "hidden": self._session.hidden + own.hidden,
        }

    def active_speaker(self) -> Object | None:
        who = self._session.participants.get(self._speaker or "")
        return None if who is None else self._show(who)

    def permissions(self) -> Object:
        return from_room(self._session.own)

    # What is wanted

    def apply(self) -> None:
        """Plug in what is to be sent and received, unplug the rest, and tell what changed."""
        self.plugging.apply()
        self._tell_local()
        self._tell_updates()
        self._tell_counts()

    def leave(self) -> None:
        """End `follow`."""
        self._staying.cancel()

    def rename(self, name: str) -> None:
        self._session.update(name=name)

    def send(self, data: Json, to: str | None) -> None:
        if to is not None:
            self._find(to)
        self._session.send(data, to)

    def eject(self, participant: str) -> None:
        self._must_own("eject")
        self._find(participant)
        self._session.eject(participant)

    def administer(self, participant: str, permissions: object, switched: dict[str, bool]) -> None:
        self._must_own("change permissions and inputs of participants")
        if any(switched.values()):
            raise DailyError("inputs of others are switched off only, never on: ask them.")
        who = self._session.own if participant == self.local_id else self._find(participant)
        given: dict[str, bool] = {}
        if permissions is not None:
            given = dict(to_room(changed_permissions(from_room(who), permissions)))
        self._session.administer(who.id, media=switched, permissions=given)

    # What happens

    async def follow(self) -> str:
        """Tell what happens until the call has ended; why it has."""
        with self._staying:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._measure)
                async for event in self._session.events():
                    self._take(event)
                nursery.cancel_scope.cancel()
        return self._session.ended or "it was left"

    def _take(self, event: SessionEvent) -> None:
        match event:
            case ParticipantEvent(participant=who) if who.id == self.local_id:
                pass  # told below, where something visible has changed
            case RoomReached(here=here):
                self._tell_connection("signaling", "connected" if here else "interrupted")
            case Admin():
                if self.plugging.obey(event):
                    self._telling.tell("inputs_updated", self._state.settings.inputs)
            case ParticipantEvent(kind="joined", participant=who):
                self._told[who.id] = self._show(who)
                self._telling.tell("participant_joined", self._told[who.id])
            case ParticipantEvent(kind="left", participant=who):
                self._telling.tell("participant_left", self._show(who), LEFT)
                self._interrupted.discard(who.id)
                self._broken.pop(who.id, None)
                self._up.discard(who.id)
                self._told.pop(who.id, None)
                self._there.discard(who.id)
            case ParticipantEvent(kind=kind, participant=who):
                self._note_connection(kind, who.id)
            case ChatMessage():
                self._telling.tell("app_message", self._message(event), event.sender)
            case ActiveSpeaker(participant=str(speaker)):
                self._speaker = speaker
                if (shown_speaker := self.active_speaker()) is not None:
                    self._telling.tell("active_speaker_changed", shown_speaker)
            case _:
                pass
        self.apply()
        self._happened.unpark_all()

    def _tell_updates(self) -> None:
        """Tell of everybody who looks otherwise than when they were told last."""
        for who, before in self._told.items():
            participant = self._session.participants.get(who)
            now = self._show(participant) if participant is not None else before
            if now != before:
                self._told[who] = now
                self._telling.tell("participant_updated", now)

    def _tell_local(self) -> None:
        local = self._local()
        if local != self._shown:
            self._shown = copy.deepcopy(local)
            self._telling.tell("participant_updated", local)

    def _tell_counts(self) -> None:
        # Of those who were there or were told: nobody is counted before their coming or going is.
        known = self._there | self._told.keys()
        counts = self.counts() | {"present": len(known) + (not self._session.own.hidden)}
        if counts != self._counts:
            self._counts = counts
            self._telling.tell("participant_counts_updated", counts)

    def _note_connection(self, kind: str, participant: str) -> None:
        """Note that media with somebody broke or is back. Leaving breaks it too, just before."""
        if kind == "disconnected" and participant in self._up:
            self._up.discard(participant)
            self._broken.setdefault(participant, trio.current_time())
        elif kind == "connected":
            self._up.add(participant)
            self._broken.pop(participant, None)
            if participant in self._interrupted:
                self._interrupted.discard(participant)
                self._tell_connection("recvTransport", "connected")

    def _tell_broken(self) -> None:
        """Tell of media that has been away for a while."""
        for participant, since in tuple(self._broken.items()):
            if trio.current_time() - since >= BROKEN_SECONDS:
                del self._broken[participant]
                self._interrupted.add(participant)
                self._tell_connection("recvTransport", "interrupted")

    def _tell_connection(self, connection: str, event: str) -> None:
        status: Object = {"connection": connection, "event": event}
        self._telling.tell("network_connection_status_updated", status)

    async def _measure(self) -> None:
        while True:
            await trio.sleep(STATISTICS_SECONDS)
            self.network = self._traffic.measure(self._session.network(), trio.current_time())
            self._telling.tell("network_stats_updated", self.network)
            self._tell_broken()
            self._tell_updates()
            self._tell_counts()

    # Inside

    def _show(self, who: Participant) -> Object:
        settings = self._state.settings
        return shown(
            who,
            local=False,
            connected=who.id in self._session.connected or who.id in self._broken,
            subscribed=lambda name, custom: settings.is_received(who.id, name, custom),
        )

    def _local(self) -> Object:
        return shown(self._session.own, local=True, connected=True)

    def _message(self, message: ChatMessage) -> Json:
        """A line of our page's chat is shown as one of Daily's, which bots understand."""
        data = plain(message.data, "message")
        if message.text is None or not isinstance(data, dict) or "event" in data:
            return data
        who = self._session.participants.get(message.sender)
        line: Object = {
            "event": "chat-msg",
            "message": message.text,
            "name": who.name if who else "",
            "room": "main-room",
        }
        return data | line

    def _find(self, participant: str) -> Participant:
        who = self._session.participants.get(participant)
        if who is None:
            raise DailyError(f"{participant!r} is no participant of this call.")
        return who

    def _must_own(self, what: str) -> None:
        if not self._session.own.owner:
            raise DailyError(f"only an owner of the room may {what}: join with an owner's token.")


@contextlib.asynccontextmanager
async def attend(
    state: ClientState, where: Destination, engine: MediaEngine
) -> AsyncGenerator[JoinedCall]:
    """Join, and leave when the block is left. Raises what `open_call` raises."""
    speakers = state.context.resources.devices.speakers.all
    async with open_call(
        where.url,
        name=state.name,
        token=where.token,
        engine=engine,
        agent=True,
        audio_settings=audio_settings_of(state.settings.publishing),
        video_settings=video_settings_of(state.settings.publishing),
        sample_rate=heard_rate(speaker.sample_rate for speaker in speakers),
        servers=state.servers,
    ) as session:
        attendance = JoinedCall(state, session, where.url)
        state.renderers.enter(session)
        try:
            yield attendance
        finally:
            state.renderers.leave()
            attendance.plugging.unplug()
