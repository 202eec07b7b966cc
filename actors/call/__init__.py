"""The call: signalling, the media engine, peers.

`Call` is the actor, `CallLife` one life of it; a `Peer` keeps media with one participant going over
the `MediaPort` that an engine opens (`port.py` is the seam, `webrtc/` the real engine).
"""
