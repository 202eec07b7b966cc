"""The far side of every call: sends prepared Opus packets on a 20 ms clock, keeps what comes back.

Runs in a process of its own; what it costs is nobody's. It decodes nothing while it measures.
"""

from __future__ import annotations

import asyncio
import time
from fractions import Fraction
from typing import Any

import aiortc.rtcpeerconnection
import av
import numpy as np
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.rtcrtpreceiver import RTCRtpReceiver

from benchmarks.calls import signal_48k as signal
from benchmarks.calls.impairment import Impairment, Way
from benchmarks.calls.wire import serve

clock = time.monotonic
SILENT_BYTES = 36


class Talker(MediaStreamTrack):
    """Sends packet ``n`` at ``start + n * 20 ms`` and remembers when each was handed over."""

    kind = "audio"

    def __init__(self, payloads: list[bytes]) -> None:
        super().__init__()
        self.payloads = payloads
        self.sent: list[float] = []
        self.start = 0.0

    async def recv(self) -> av.Packet:
        n = len(self.sent)
        if n == 0:
            self.start = clock()
        elif (wait := self.start + n * 0.02 - clock()) > 0:
            await asyncio.sleep(wait)
        packet = av.Packet(self.payloads[n % len(self.payloads)])
        packet.pts, packet.time_base = n * signal.PACKET, Fraction(1, signal.RATE)
        self.sent.append(clock())
        return packet


class Listener(RTCRtpReceiver):
    """Keeps (arrival, sequence, timestamp, payload) of what comes back."""

    def __init__(self, kind: str, transport: Any) -> None:
        super().__init__(kind, transport)
        self.heard: list[tuple[float, int, int, bytes]] = []
        self.sent = 0
        """Packets that the far end sent, whether or not the network lost them."""
        self.way = Way(Impairment(), 2)

    async def receive(self, parameters: Any) -> None:
        self.transport._register_rtp_receiver(self, parameters)

    async def stop(self) -> None:
        self.transport._unregister_rtp_receiver(self)

    async def _handle_rtp_packet(self, packet: Any, arrival_time_ms: int) -> None:
        self.sent += 1
        transit = self.way.transit()
        if transit is not None:
            self.heard.append(
                (clock() + transit, packet.sequence_number, packet.timestamp, packet.payload)
            )

    async def _handle_rtcp_packet(self, packet: Any) -> None:
        pass


aiortc.rtcpeerconnection.RTCRtpReceiver = Listener  # type: ignore[misc]


class Caller:
    """One call of the far side."""

    def __init__(self, payloads: list[bytes], network: Impairment, video: bool) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.talker = Talker(payloads)
        sender = self.connection.addTrack(self.talker)
        self.listener.way = Way(network, 2)
        if video:
            self.connection.addTransceiver("video", direction="recvonly")
        if network != Impairment():
            impair(sender.transport, Way(network, 1))

    @property
    def listener(self) -> Any:
        return self.connection.getReceivers()[0]

    async def offer(self) -> str:
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return self.connection.localDescription.sdp

    async def answer(self, sdp: str) -> None:
        await self.connection.setRemoteDescription(RTCSessionDescription(sdp, "answer"))

    def intervals(self, since: float) -> list[float]:
        """Seconds between packets that came back after ``since``."""
        times = [heard[0] for heard in self.listener.heard if heard[0] >= since]
        return list(np.diff(times)) if len(times) > 1 else []

    def silent(self, since: float) -> int:
        """Packets since then that hold 36 bytes or less: what an encoder makes of silence."""
        return sum(len(one[3]) <= SILENT_BYTES for one in self.listener.heard if one[0] >= since)

    def round_trips(self, since: float) -> list[tuple[float, float]]:
        """(time sent, round trip) of each chirp sent after ``since``, in seconds.

        From the hand-over of the packet that begins the chirp to the arrival of the packet in
        which its energy centre came back, less the half chirp from its beginning to its centre.
        """
        first = self.listener.heard[0][2]
        heard = sorted(self.listener.heard, key=lambda one: (one[2] - first) % 2**32)
        decoded = signal.decode([one[3] for one in heard])
        stamps = np.array([(one[2] - heard[0][2]) % 2**32 for one in heard])
        length = int(stamps[-1]) + 5_760
        line = np.zeros(length)
        for stamp, pcm in zip(stamps, decoded, strict=True):
            line[stamp : stamp + len(pcm)] = pcm[: length - stamp]
        match = np.abs(np.convolve(line, signal.chirp()[::-1], "same"))
        trips: list[tuple[float, float]] = []
        arrivals = np.array([one[0] for one in heard])
        for n in range(0, len(self.talker.sent), signal.PERIOD):
            sent = self.talker.sent[n]
            if sent < since:
                continue
            near = (arrivals >= sent) & (arrivals < sent + 0.98)
            best, trip = 0.0, None
            for index in np.flatnonzero(near):
                window = match[stamps[index] : stamps[index] + signal.PACKET]
                if len(window) and window.max() > best:
                    best = float(window.max())
                    offset = int(window.argmax()) / signal.RATE
                    # The packet carries 20 ms; its samples are the caller's when it has come.
                    trip = arrivals[index] + offset - 0.01 - sent
            if trip is not None and best > 0.2 * float(match.max()):
                trips.append((sent, float(trip)))
        return trips


def impair(transport: Any, way: Way) -> None:
    """Let RTP leave late, or never; encrypted in its order, as on a real network."""
    loop, tasks = asyncio.get_running_loop(), set[asyncio.Task[None]]()
    send = transport.transport._send

    async def lossy(data: bytes) -> None:
        if not (127 < data[0] < 192) or 192 <= data[1] <= 223:
            await send(data)
            return
        transit = way.transit()
        if transit is not None:
            loop.call_later(transit, lambda: begin(data))

    def begin(data: bytes) -> None:
        task = loop.create_task(send(data))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    transport.transport._send = lossy


class FarSide:
    """Answers the orchestrator."""

    def __init__(self) -> None:
        self.payloads = signal.packets(30)
        self.callers: list[Caller] = []

    async def __call__(  # noqa: PLR0911  (a question, an answer)
        self, question: dict[str, Any]
    ) -> dict[str, Any]:
        match question["ask"]:
            case "offer":
                network = Impairment(**question.get("network", {}))
                self.callers.append(Caller(self.payloads, network, question.get("video", False)))
                return {"sdp": await self.callers[-1].offer()}
            case "answer":
                await self.callers[-1].answer(question["sdp"])
                return {}
            case "heard":
                return {"packets": [caller.listener.sent for caller in self.callers]}
            case "pictures":
                watcher = self.callers[0].connection.getReceivers()[1]
                return {"pictures": len({one[2] for one in watcher.heard})}
            case "now":
                return {"now": clock()}
            case "report":
                since = question["since"]
                paces = [abs(x - 0.02) for c in self.callers for x in c.intervals(since)]
                first = self.callers[0]
                trips = first.round_trips(since) if question.get("trips", True) else []
                silent = sum(c.silent(since) for c in self.callers)
                return {"pace_errors": sorted(paces), "round_trips": trips, "silent": silent}
            case "close":
                for caller in self.callers:
                    await caller.connection.close()
                return {}
            case unknown:
                return {"error": f"the far side knows no question {unknown!r}"}


if __name__ == "__main__":
    asyncio.run(serve(FarSide()))
