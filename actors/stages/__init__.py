"""The stages of a conversation: voice activity, turns, hearing, conversation, thinking, speaking.

Each actor has a file of its name; `protocols.py` says what an engine (ear, mind, voice) is, and
`messages.py` what the stages say to each other.
"""
