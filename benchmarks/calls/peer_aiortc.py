"""Plain aiortc: the track that comes in goes out again, as in aiortc's own echo example."""

from __future__ import annotations

import asyncio
from typing import Any

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from benchmarks.calls.wire import serve

connections: list[RTCPeerConnection] = []


async def answer(question: dict[str, Any]) -> dict[str, Any]:
    if question["ask"] == "close":
        for connection in connections:
            await connection.close()
        return {}
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    connections.append(connection)
    connection.on("track", connection.addTrack)
    await connection.setRemoteDescription(RTCSessionDescription(question["sdp"], "offer"))
    await connection.setLocalDescription(await connection.createAnswer())
    return {"sdp": connection.localDescription.sdp}


if __name__ == "__main__":
    asyncio.run(serve(answer))
