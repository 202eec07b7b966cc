"""Actors, ports, links, supervision and graphs on Trio. Knows nothing of media."""
