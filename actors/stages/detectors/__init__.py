"""Voice activity detection: one detector a stream of audio."""
