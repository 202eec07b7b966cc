"""Our RTP receiver of video: puts pictures together, asks for what is missing, decodes them."""

from collections.abc import Callable
from functools import partial

from aiortc import RTCDtlsTransport
from aiortc.rate import RemoteBitrateEstimator
from aiortc.rtcrtpparameters import RTCRtpReceiveParameters
from aiortc.rtp import (
    RTCP_PSFB_APP,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    RtcpPsfbPacket,
    RtcpRtpfbPacket,
    pack_remb_fci,
)

from actors.call.video import h264, vp8
from actors.call.video.assembly import Assembly, Encoded
from actors.call.video.codecs import VideoDecoder, Worker
from actors.call.webrtc import rtp
from actors.call.webrtc.receivers import MAX_SOURCES, PacketRouter, RtpReceiver
from actors.call.webrtc.rtp import ParsedPacket
from actors.call.webrtc.wire import MediaWire
from actors.errors import MediaError
from actors.messages import Picture, VideoKind

READERS = {"vp8": vp8.read, "h264": h264.read}

BACKLOG = 15
"""Pictures that may wait for the decoder: half a second. Then it starts again at a key picture."""


class VideoReceiver(RtpReceiver):
    """Receives one track of pictures, which it decodes on a thread of its own."""

    on_any_thread = False

    def __init__(
        self,
        kind: VideoKind,
        transport: RTCDtlsTransport,
        sink: PacketRouter,
        *,
        wire: MediaWire,
        worker: Callable[[str, Callable[[Exception], None]], Worker],
    ) -> None:
        super().__init__(kind, transport, sink)
        self._shows: VideoKind = kind
        self._wire = wire
        self._watched = False
        self._assembly: Assembly | None = None
        self._decoder: VideoDecoder | None = None
        self._codec = ""
        self._source = 0
        self._offset: int | None = None
        self._rtx: set[int] = set()
        self._send_time = 0
        self._estimator = RemoteBitrateEstimator()
        self._lost_way = False
        self.decoded = self.asked_again = 0
        self.worker = worker(f"callboard-{kind}", sink.broke)

    async def receive(self, parameters: RTCRtpReceiveParameters) -> None:
        """Begin: the connection stands and the far side may send."""
        await super().receive(parameters)
        for codec in parameters.codecs:
            if codec.name.lower() == "rtx" and isinstance(codec.parameters.get("apt"), int):
                self._rtx.add(rtp.payload_type(codec))
        self.ssrcs |= {e.rtx.ssrc for e in parameters.encodings if e.rtx is not None}
        times = [e.id for e in parameters.headerExtensions if e.uri == rtp.SEND_TIME_URI]
        self._send_time = times[0] if times else 0

    @property
    def shows(self) -> bool:
        return self._started and self._watched

    def watch(self, wanted: bool) -> None:
        """Decode from the next key picture on, or decode nothing."""
        if wanted != self._watched:
            self._watched = wanted
            if self._assembly is not None:
                self._assembly.restart()

    def handle(self, packet: ParsedPacket, arrived: float) -> bool:
        """Take a packet that was routed here; False when it is nothing that was agreed on."""
        codec = self._codecs.get(packet.payload_type)
        if codec is None or not self._enabled:
            return False
        self.count(packet, codec.clockRate, arrived)
        is_first = packet.payload_type not in self._rtx
        if self._ended and is_first:
            self.revive(codec)
        self._estimate(packet, arrived)
        if not self._watched:
            return True
        if is_first:
            name = self._names[packet.payload_type]
            if packet.ssrc != self._source or name != self._codec:
                self._begin(packet.ssrc, name)
        elif len(packet.payload) < 2 or self._assembly is None:
            return True
        else:  # its second sending (RFC 4588): it becomes what it was
            packet.sequence = int.from_bytes(packet.payload[:2], "big")
            packet.payload = packet.payload[2:]
        self._assemble(packet, arrived)
        return True

    def poll(self, now: float) -> None:
        """Ask for what is missing. Once a tick."""
        assembly = self._assembly
        if assembly is None or not self._watched:
            return
        if self._lost_way or self.worker.waiting > BACKLOG:
            self._lost_way = False
            assembly.restart()
        if assembly.idle:
            return
        lost = assembly.lost(now)
        if lost:
            self.asked_again += len(lost)
            self._wire.send_rtcp(
                [RtcpRtpfbPacket(RTCP_RTPFB_NACK, 1, self._source, lost=sorted(lost))]
            )
        if assembly.wants_key(now):
            self._wire.send_rtcp([RtcpPsfbPacket(RTCP_PSFB_PLI, 1, self._source)])

    async def stop(self) -> None:
        """End for good. The thread ends with the picture that it has in hand."""
        await super().stop()
        self.worker.close()

    def _estimate(self, packet: ParsedPacket, arrived: float) -> None:
        """Let the sender know what our network seems to carry (REMB)."""
        sent = rtp.extension_value(packet.extension, self._send_time) if self._send_time else None
        if sent is None or len(sent) != 3:
            return
        if len(self._estimator.ssrcs) > MAX_SOURCES:
            self._estimator.ssrcs.clear()
        estimate = self._estimator.add(
            int(arrived * 1000), int.from_bytes(sent, "big"), len(packet.payload), packet.ssrc
        )
        if estimate is not None:
            fci = pack_remb_fci(estimate[0], estimate[1][:255])
            self._wire.send_rtcp([RtcpPsfbPacket(RTCP_PSFB_APP, 1, 0, fci=fci)])

    def _begin(self, source: int, codec: str) -> None:
        """A new source, or the same one in another codec."""
        self._source = source
        self._assembly = Assembly(READERS[codec]) if codec in READERS else None
        self._offset = None
        if codec != self._codec and codec in READERS:
            self._codec, self._decoder = codec, VideoDecoder(codec)

    def _assemble(self, packet: ParsedPacket, arrived: float) -> None:
        assembly, decoder = self._assembly, self._decoder
        if assembly is None or decoder is None:
            return
        assembly.push(packet, arrived)
        for encoded in assembly.pictures():
            if self._offset is None:
                # Time stamps begin anywhere: the first picture's is the moment when it came.
                self._offset = round(90_000 * arrived) - encoded.timestamp
            offset = self._offset
            self.worker.submit(partial(self._decode, decoder, encoded, offset))

    def _decode(self, decoder: VideoDecoder, encoded: Encoded, offset: int) -> None:
        """On the track's thread."""
        try:
            frame = decoder.decode(encoded)
        except MediaError:
            self._lost_way = True
            return
        if frame is not None:
            self.decoded += 1
            pts = encoded.timestamp + offset
            self._sink.picture(
                Picture(frame.pixels, frame.width, frame.height, pts, kind=self._shows)
            )
