"""Formats, frames, conversion, codecs and buffers. Pure: no Trio, no I/O loop."""
