"""Text to speech: engines behind the `Voice` protocol."""
