"""The real media engine: aiortc on one asyncio thread, with RTP end points of our own."""
