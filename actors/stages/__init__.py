"""The stages of a conversation: voice activity, turns, hearing, thinking, speaking."""
