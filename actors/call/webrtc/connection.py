"""aiortc's peer connection with RTP end points and ICE of our own.

`RTCPeerConnection` makes its parts in private methods and by module-level names. Overriding the
methods here touches one connection, where replacing the names would touch every connection of the
process. tests/call/test_aiortc_contract.py holds all private names that this package uses.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import cast

from aiortc import (
    RTCBundlePolicy,
    RTCConfiguration,
    RTCDtlsTransport,
    RTCPeerConnection,
    RTCRtpReceiver,
    RTCRtpSender,
    RTCRtpTransceiver,
    RTCSessionDescription,
)
from aiortc.codecs import get_capabilities
from aiortc.rtcdtlstransport import RTCCertificate, SRTPProtectionProfile
from aiortc.sdp import SessionDescription
from OpenSSL import SSL

from actors.call.ice_settings import IceSettings
from actors.call.port import MediaKind, medium_and_name
from actors.call.settings import VideoSettings
from actors.call.video.codecs import Worker
from actors.call.webrtc.datagrams import Poller
from actors.call.webrtc.descriptions import agreed_redundancy, with_audio_parameters
from actors.call.webrtc.ice import IceConnection
from actors.call.webrtc.receivers import PacketRouter, RtpReceiver
from actors.call.webrtc.redundancy import Redundancy
from actors.call.webrtc.senders import RtpSender
from actors.call.webrtc.video_receiver import VideoReceiver
from actors.call.webrtc.video_sender import VideoSender
from actors.call.webrtc.wire import MediaWire

# pyright: reportPrivateUsage=false
# The SSL context is made in a private method of aiortc's (test_aiortc_contract.py).

CIPHERS = (
    b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    b"ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
    b"ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:"
    b"ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES256-SHA"
)
"""aiortc's, and each of them once more for a far side that signs by RSA: a DTLS server chooses by
its own certificate, and GStreamer, FreeSWITCH and older devices have an RSA one."""


class Certificate(RTCCertificate):
    """An ECDSA certificate that connects to servers of either kind."""

    def _create_ssl_context(self, srtp_profiles: list[SRTPProtectionProfile]) -> SSL.Context:
        context = super()._create_ssl_context(srtp_profiles)
        context.set_cipher_list(CIPHERS)
        return context


AUDIO_KINDS: tuple[MediaKind, ...] = ("microphone", "screen_audio")
VIDEO_KINDS: tuple[MediaKind, ...] = ("camera", "screen")


class Connection(RTCPeerConnection):
    """A peer connection whose media is ours. It lives on the engine's loop.

    Args:
        directions: tells in which direction a track goes: "sendrecv", "sendonly", "recvonly" or
            "inactive".
    """

    def __init__(
        self,
        wire: MediaWire,
        sink: PacketRouter,
        *,
        reach: IceSettings,
        directions: Callable[[MediaKind], str],
        video_settings: VideoSettings,
        worker: Callable[[str, Callable[[Exception], None]], Worker],
        poller: Poller | None = None,
    ) -> None:
        super().__init__(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        vars(self)["_RTCPeerConnection__certificates"] = [Certificate.generateCertificate()]
        self._wire = wire
        self._sink = sink
        self._reach = reach
        self._directions = directions
        self._video_settings = video_settings
        self._worker = worker
        self._poller = poller
        self._ice: IceConnection | None = None
        self.video_receivers: list[VideoReceiver] = []
        self._counts = {"audio": 0, "video": 0}
        self._custom: dict[int, MediaKind] = {}  # by the place of the section
        self._own_senders: dict[MediaKind, RtpSender] = {}

    def sender(self, kind: MediaKind) -> RtpSender | None:
        """The sender of a track, if the connection has a section for it."""
        return self._own_senders.get(kind)

    def poll(self, polled: bool) -> None:
        """Read what comes at every tick, or as soon as it comes."""
        if self._ice is not None:
            self._ice.poll(polled)

    async def offer(self, kinds: list[MediaKind]) -> RTCSessionDescription:
        """Make the first offer, with sections in this order, and gather candidates."""
        for kind in kinds:
            self.addTransceiver("audio" if kind in AUDIO_KINDS else "video")
        await self.setLocalDescription(with_audio_parameters(await self.createOffer()))
        return self.localDescription

    async def extend(self, kinds: Sequence[MediaKind]) -> RTCSessionDescription | None:
        """Make a new offer with these custom tracks too; None where all of them are there."""
        new = [kind for kind in kinds if kind not in self._own_senders]
        for kind in new:
            self._custom[len(self._transceivers())] = kind
            self.addTransceiver(medium_and_name(kind)[0])
        return await self.offer([]) if new else None

    def names(self) -> dict[str, MediaKind]:
        """The custom tracks by the mid of their sections, once they were offered."""
        transceivers = self._transceivers()
        return {str(transceivers[place].mid): kind for place, kind in self._custom.items()}

    async def answer(
        self, offer: RTCSessionDescription, names: Mapping[str, MediaKind]
    ) -> RTCSessionDescription:
        """Take an offer and answer it, with candidates; `names` are custom tracks by mid."""
        if names:
            for place, media in enumerate(SessionDescription.parse(offer.sdp).media):
                if media.rtp.muxId in names and place >= len(self._transceivers()):
                    self._custom[place] = names[media.rtp.muxId]
        await self.setRemoteDescription(offer)
        if "\na=setup:actpass" in offer.sdp:
            # aiortc's client takes ECDSA certificates only, its server any: so the other side
            # is the client, and may have an RSA certificate.
            for transceiver in self._transceivers():
                dtls = transceiver.receiver.transport
                if dtls._role == "auto":
                    dtls._set_role("server")
        answer = with_audio_parameters(await self.createAnswer(), offer)
        await self.setLocalDescription(answer)
        return self.localDescription

    def _RTCPeerConnection__createDtlsTransport(self) -> RTCDtlsTransport:  # noqa: N802  (aiortc's name)
        make = cast(
            "Callable[[], RTCDtlsTransport]",
            super()._RTCPeerConnection__createDtlsTransport,  # type: ignore[misc]  # private
        )
        dtls = make()
        transport = dtls.transport
        gatherer = transport.iceGatherer
        ice = IceConnection(
            self._reach,
            on_media=self._wire.on_media,
            on_heard=self._wire.on_heard,
            local_username=gatherer._connection.local_username,
            local_password=gatherer._connection.local_password,
            poller=self._poller,
        )
        self._ice = ice
        gatherer._connection = transport._connection = ice
        transport._recv, transport._send = ice.recv, ice.send
        self._wire.attach(ice, dtls)
        return dtls

    def _RTCPeerConnection__createTransceiver(  # noqa: N802  (aiortc's name)
        self, direction: str, kind: str, sender_track: object | None = None
    ) -> RTCRtpTransceiver:
        transceivers = self._transceivers()
        section, known = self._next_kind(kind)
        dtls = (
            transceivers[0].receiver.transport
            if transceivers
            else self._RTCPeerConnection__createDtlsTransport()
        )
        sender, receiver = self._end_points(section, dtls)
        transceiver = RTCRtpTransceiver(
            kind=kind,
            sender=cast(RTCRtpSender, sender),
            receiver=cast(RTCRtpReceiver, receiver),
            direction=self._directions(section) if known else "inactive",
        )
        transceiver._bundled = bool(transceivers)
        if kind == "audio":
            opus = [c for c in get_capabilities("audio").codecs if c.name.lower() == "opus"]
            transceiver.setCodecPreferences(opus)
        transceivers.append(transceiver)
        if known:
            self._own_senders[section] = sender
        return transceiver

    def _end_points(self, kind: MediaKind, dtls: RTCDtlsTransport) -> tuple[RtpSender, RtpReceiver]:
        if medium_and_name(kind)[0] == "audio":
            return RtpSender(kind, dtls, self._wire), RtpReceiver(kind, dtls, self._sink)
        receiver = VideoReceiver(
            kind,
            dtls,
            self._sink,
            wire=self._wire,
            worker=self._worker,
        )
        self.video_receivers.append(receiver)
        return VideoSender(kind, dtls, self._wire, self._video_settings), receiver

    async def _RTCPeerConnection__connect(self) -> None:  # noqa: N802  (aiortc's name)
        # aiortc starts this as a task that nobody awaits: an error would be lost.
        try:
            self._agree_on_redundancy()
            await super()._RTCPeerConnection__connect()  # type: ignore[misc]  # private
        except Exception as error:
            self._sink.broke(error)

    def _agree_on_redundancy(self) -> None:
        """Send and take copies of earlier packets in the sections where both sides know them."""
        local, remote = self.localDescription, self.remoteDescription
        for mid, (opus, number) in agreed_redundancy(local, remote).items():
            for transceiver in self._transceivers():
                sender, receiver = transceiver.sender, transceiver.receiver
                if transceiver.mid != mid or not isinstance(receiver, RtpReceiver):
                    continue
                receiver.redundant = number
                if isinstance(sender, RtpSender) and sender.redundancy is None:
                    sender.redundancy = Redundancy(number, opus)

    def _transceivers(self) -> list[RTCRtpTransceiver]:
        return cast("list[RTCRtpTransceiver]", vars(self)["_RTCPeerConnection__transceivers"])

    def _next_kind(self, kind: str) -> tuple[MediaKind, bool]:
        """What the next section shows, as sections come in a fixed order; False beyond those."""
        custom = self._custom.get(len(self._transceivers()))
        if custom is not None and medium_and_name(custom)[0] == kind:
            return custom, True
        names = AUDIO_KINDS if kind == "audio" else VIDEO_KINDS
        number = self._counts[kind]
        self._counts[kind] += 1
        return names[min(number, len(names) - 1)], number < len(names)
