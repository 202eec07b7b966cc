"""The real media engine: aiortc on one asyncio thread, with RTP end points of our own."""

from actors.call.webrtc.engine import open_media_engine as open_media_engine
