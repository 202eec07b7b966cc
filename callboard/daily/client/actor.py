"""One client on the Trio thread: what it was told, and the call that it is in."""

from __future__ import annotations

import copy
import datetime
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Final, NoReturn, TypeVar, TypeVarTuple, Unpack

import trio

from actors.call.port import MediaEngine
from actors.errors import CallEnded
from actors.protocol import limits
from callboard.daily.callbacks import Done, checked
from callboard.daily.client.address import Destination, destination
from callboard.daily.client.joined_call import JoinedCall, attend
from callboard.daily.client.local_settings import CustomKind, servers_of
from callboard.daily.client.operations import Operation, Operations
from callboard.daily.client.participants import network_stats, nobody
from callboard.daily.client.renderers import Renderers
from callboard.daily.client.state import ClientState
from callboard.daily.client.streams import CallSound, Streams
from callboard.daily.client.transcription import Transcription
from callboard.daily.context import DailyContext
from callboard.daily.custom_sources import CustomAudioTrack, CustomVideoTrack
from callboard.daily.errors import DailyError, NotSupportedError, ReleasedError
from callboard.daily.event_handler import EventDispatcher
from callboard.daily.settings import (
    changed_inputs,
    changed_permissions,
    changed_profiles,
    changed_publishing,
    changed_subscriptions,
)
from callboard.daily.shapes import Given, Json, Object, fields_of, flag, object_in, texts

if TYPE_CHECKING:
    from callboard.daily.event_handler import EventHandler

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

SWITCHED: Final = {"camera": "camera", "microphone": "microphone", "screenShare": "screen"}
"""Inputs of others, and their names in the room."""

CLOSE_SECONDS = 5.0
"""How long `release` waits for what was asked for; then it is given up."""


class ClientActor:
    """Does the work of a `CallClient`, in Trio, on the background thread."""

    def __init__(self, context: DailyContext, handler: EventHandler | None) -> None:
        self.context = context
        self.telling = EventDispatcher(context.callbacks, handler)
        self.operations = Operations(lambda error: self.telling.tell("error", error))
        self.renderers = Renderers(context.callbacks)
        self.transcription = Transcription(self.telling, self._local_id)
        self._state = ClientState(context, self.telling, self.renderers, self.transcription)
        self.settings = self._state.settings
        self._tracks: dict[tuple[CustomKind, str], CustomAudioTrack | CustomVideoTrack] = {}
        self._named = False
        self._devices = context.resources.devices.listed()
        self._call: JoinedCall | None = None
        self.streams = Streams(self.telling, lambda: self._nursery, self._call_sound)
        self._over = trio.CancelScope()
        self._ended = trio.Event()

    async def run(self) -> None:
        """Serve until closed or abandoned."""
        unsubscribe = self.context.resources.devices.subscribe(self._devices_changed)
        try:
            with self._over:
                async with trio.open_nursery() as self._nursery:
                    await self.operations.run()
                    await self._leave_call()
                    self._nursery.cancel_scope.cancel()
        finally:
            unsubscribe()
            self._ended.set()

    async def close(self) -> None:
        """Finish the requests, leave, free everything."""
        self.give_up_joining()
        with trio.move_on_after(CLOSE_SECONDS):
            await self.operations.close()
            await self._ended.wait()
        self._over.cancel()
        with trio.CancelScope(shield=True):
            await self._ended.wait()

    def abandon(self) -> None:
        self._over.cancel()

    # Joining and leaving

    async def join(self, url: str, token: str | None, client_settings: Object | None) -> Object:
        if self._call is not None:
            raise DailyError("this client is in a call already: leave it first.")
        given = client_settings or {}
        if given.get("inputs") is not None:
            self.update_inputs(given["inputs"])
        if given.get("publishing") is not None:
            self.update_publishing(given["publishing"])
        self._tell_state("joining")
        try:
            return await self._enter(url, token)
        except BaseException:
            self._tell_state("left")
            raise

    async def _enter(self, url: str, token: str | None) -> Object:
        resources, options = self.context.resources, self.context.options
        where = await destination(url, token, options, resources)
        if where.name is not None and not self._named:
            self._state.name = where.name
        await self._nursery.start(self._attend, where, await resources.engine())
        call = self._call
        if call is None:
            raise CallEnded("the call ended as soon as it had begun.")
        await call.wait_connected()
        return {"meetingSession": {"id": call.meeting_id}, "participants": call.participants()}

    async def _attend(
        self, where: Destination, engine: MediaEngine, *, task_status: trio.TaskStatus[None]
    ) -> None:
        """Live through one call, from entering to its end."""
        entered = False
        why = ""
        try:
            async with attend(self._state, where, engine) as self._call:
                entered = True
                self._tell_state("joined")
                self._call.apply()
                task_status.started()
                why = await self._call.follow()
        except Exception as error:
            if not entered:
                raise
            why = str(error)
        finally:
            left, self._call = self._call, None
            if entered:
                self._after_call(left, why)

    def _after_call(self, call: JoinedCall | None, why: str) -> None:
        if call is not None and not call.leaving:
            self.telling.tell("error", f"the call ended: {why}")
        self.transcription.stop(by=None)
        self._tell_state("left")
        if call is not None:
            call.ended.set()

    def give_up_joining(self) -> None:
        """Have joins that were asked for fail, unless they are done."""
        self.operations.give_up("Join")

    async def leave(self) -> None:
        """Leave the call; without one only the states are told."""
        self._tell_state("leaving")
        if self._call is None:
            self._tell_state("left")
            return
        await self._leave_call()

    async def _leave_call(self) -> None:
        call = self._call
        if call is None:
            return
        await self.streams.stop_all()
        call.leave()
        await call.ended.wait()

    def _tell_state(self, state: str) -> None:
        self.telling.tell("call_state_updated", state)

    # What is known

    def participants(self) -> Object:
        """Everybody, ourselves as `local`."""
        return self._call.participants() if self._call else {"local": nobody(self._state.name)}

    def participant_counts(self) -> Object:
        return self._call.counts() if self._call else {"hidden": 0, "present": 0}

    def active_speaker(self) -> Object | None:
        return self._call.active_speaker() if self._call else None

    def network_stats(self) -> Object:
        return self._call.network if self._call else network_stats(None, 0.0, 0.0, 0.0)

    # What is changed

    def set_user_name(self, name: str) -> None:
        self._state.name, self._named = name, True
        if self._call is not None:
            self._call.rename(name)

    def update_inputs(self, given: object) -> None:
        self.settings.inputs = changed_inputs(self.settings.inputs, given)
        self.telling.tell("inputs_updated", self.settings.inputs)
        self._apply()

    def update_publishing(self, given: object) -> None:
        self.settings.publishing = changed_publishing(self.settings.publishing, given)
        self.telling.tell("publishing_updated", self.settings.publishing)
        self._apply()

    def update_subscriptions(self, participants: Given | None, profiles: Given | None) -> None:
        if profiles is not None:
            self.settings.profiles = changed_profiles(self.settings.profiles, profiles)
            self.telling.tell("subscription_profiles_updated", self.settings.profiles)
        if participants is not None:
            self.settings.subscriptions = changed_subscriptions(
                self.settings.subscriptions, participants, self.settings.profiles
            )
            self.telling.tell("subscriptions_updated", self.settings.subscriptions)
        self._apply()

    def set_track(
        self,
        kind: CustomKind,
        name: str,
        track: CustomAudioTrack | CustomVideoTrack,
        *,
        new: bool,
    ) -> None:
        if not 1 <= len(name) <= limits.NAME_LENGTH:
            raise DailyError(f"a track's name has 1 to {limits.NAME_LENGTH} characters.")
        if len(self._tracks.keys() | {(kind, name)}) > limits.TRACKS:
            raise DailyError(f"a client publishes {limits.TRACKS} custom tracks at most.")
        if new and (kind, name) in self._tracks:
            raise DailyError(
                f"Inputs(TrackNameAlreadyInUse): a custom track {name!r} is published already."
            )
        self._tracks[kind, name] = track
        object_in(self.settings.inputs, kind)[name] = {
            "isEnabled": True,
            "settings": {"customTrack": {"id": track.id}},
        }
        self.telling.tell("inputs_updated", self.settings.inputs)
        self._apply()

    def remove_track(self, kind: CustomKind, name: str) -> None:
        if self._tracks.pop((kind, name), None) is not None:
            object_in(self.settings.inputs, kind).pop(name, None)
            self.telling.tell("inputs_updated", self.settings.inputs)
            self._apply()

    def set_ice_config(self, config: Given | None) -> None:
        """Use other STUN and TURN servers, from the next join on."""
        known = ("placement", "iceServers")
        self._state.servers = servers_of(
            None if config is None else fields_of(config, "ice_config", known)
        )

    # What others are told

    def send_app_message(self, data: Json, to: str | None) -> None:
        self._joined().send(data, None if to in (None, "*") else to)

    def send_prebuilt_chat_message(self, text: str, name: str | None) -> None:
        """Send a line of chat, in the shapes of our page and of theirs."""
        now = datetime.datetime.now(datetime.UTC).isoformat().replace("+00:00", "Z")
        line: Object = {
            "chat": text,
            "event": "chat-msg",
            "message": text,
            "name": name or self._state.name,
            "room": "main-room",
            "date": now,
        }
        self._joined().send(line, None)

    def eject_remote_participants(self, ids: Sequence[str]) -> None:
        call = self._joined()
        for participant in texts(ids, "ids"):
            call.eject(participant)

    def update_remote_participants(self, given: Given) -> None:
        """Give or take others' permissions, and switch their inputs off."""
        call = self._joined()
        for participant, value in fields_of(given, "remote_participants").items():
            where = f"remote_participants.{participant}"
            fields = fields_of(value, where, ("permissions", "inputsEnabled"))
            inputs = fields_of(fields.get("inputsEnabled") or {}, where, tuple(SWITCHED))
            switched = {
                SWITCHED[name]: flag(on, f"{where}.inputsEnabled.{name}")
                for name, on in inputs.items()
            }
            call.administer(participant, fields.get("permissions"), switched)

    def update_permissions(self, given: Given) -> None:
        call = self._joined()
        changed_permissions(call.permissions(), given)
        call.administer(call.local_id, dict(given), {})

    async def start_transcription(self, settings: Given | None) -> None:
        """Begin a transcription of the call. Raises `DailyError` outside of one."""
        self._joined()
        await self.transcription.start(settings, self._nursery)

    def stop_transcription(self) -> None:
        if not self.transcription.stop(by=self._local_id()):
            raise DailyError("no transcription runs.")

    # Inside

    def _joined(self) -> JoinedCall:
        if self._call is None:
            raise DailyError("this needs a call: join first.")
        return self._call

    def _apply(self) -> None:
        if self._call is not None:
            self._call.apply()

    def _devices_changed(self) -> None:
        devices = self.context.resources.devices.listed()
        if devices != self._devices:
            self._devices = devices
            self.telling.tell("available_devices_updated", devices)
        self._apply()

    def _local_id(self) -> str:
        return self._call.local_id if self._call else ""

    def _call_sound(self) -> CallSound | None:
        return self._call.sound if self._call else None


ALREADY_RELEASED: Final = "this object has already been released"


class Requests:
    """Hands the requests of a `CallClient` to its actor. Raises `ReleasedError` after `release`."""

    def __init__(self, context: DailyContext, actor: ClientActor) -> None:
        self._context = context
        self._actor = actor
        self._released = False

    def put(
        self,
        done: Done | None,
        work: Callable[[Unpack[Ts]], object],
        *args: *Ts,
        name: str | None = None,
    ) -> None:
        """Have something done in order; `done(error)` is called once.

        An error tells the operation's name: that of the method, where none is given.
        """
        self.put_for_value(_error_only(done), work, *args, name=name)

    def put_for_value(
        self,
        done: Callable[[T | None, str | None], object] | None,
        work: Callable[[Unpack[Ts]], Awaitable[T] | T],
        *args: *Ts,
        name: str | None = None,
    ) -> None:
        """Have something done in order; `done(value, error)` is called once."""
        self._check()
        name = name or work.__name__.title().replace("_", "")
        operation = Operation(name, lambda: work(*args), self._on_thread(done))
        self._context.background.post(lambda: self._actor.operations.put(operation))

    def ask(self, question: Callable[[], T]) -> T:
        """Return what the actor knows now, as a copy that the caller may change."""
        self._check()
        return self._context.background.call(lambda: copy.deepcopy(question()))

    def post(self, order: Callable[[], object]) -> None:
        self._check()
        self._context.background.post(order)

    def release(self) -> None:
        """Finish what was asked for and end; it waits for that."""
        self._check()
        self._released = True
        self._context.background.run(self._actor.close)

    def refuse(self, why: str, done: Done | None) -> NoReturn:
        """Tell the completion, and raise `NotSupportedError`."""
        self.refuse_value(why, _error_only(done))

    def refuse_value(self, why: str, done: Callable[[None, str | None], object] | None) -> NoReturn:
        """Refuse where the completion takes a value too."""
        self._check()
        if (tell := self._on_thread(done)) is not None:
            tell(None, why)
        raise NotSupportedError(why)

    def _on_thread(
        self, done: Callable[[T, str | None], object] | None
    ) -> Callable[[T, str | None], object] | None:
        tell, callbacks = checked(done), self._context.callbacks
        if tell is None:
            return None
        return lambda value, error: callbacks.call(lambda: tell(value, error))

    def _check(self) -> None:
        if self._released:
            raise ReleasedError(ALREADY_RELEASED)
        self._context.background.check()


def _error_only(done: Done | None) -> Callable[[object, str | None], object] | None:
    tell = checked(done)
    return None if tell is None else lambda _, error: tell(error)
