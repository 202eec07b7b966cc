"""Pictures to packets and back: what of video is independent of any transport."""
