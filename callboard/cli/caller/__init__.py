"""A scripted caller: plays files into a call, records it, and measures the answers."""
