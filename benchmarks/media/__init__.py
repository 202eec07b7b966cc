"""The media core beside its peers: `python -m benchmarks.media`."""
