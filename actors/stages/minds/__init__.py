"""What the agent answers: engines behind the `Mind` protocol."""
