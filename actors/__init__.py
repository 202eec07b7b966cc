"""The actors that make a call: the call itself, its devices, its stages, its room."""
