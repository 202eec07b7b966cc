"""Speech to text: engines behind the `Ear` protocol."""
