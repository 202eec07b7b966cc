"""The actors that make a call: the call itself, its devices, its stages, its room.

`dialogue.py` wires the stock stages, `session.py` is a call without a graph; `messages.py`,
`protocol/` and `errors.py` are shared by all.
"""
