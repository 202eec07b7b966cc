"""The call: signalling, the media engine, peers."""
