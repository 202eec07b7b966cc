"""The one tree of exceptions of `media`."""

from __future__ import annotations


class MediaError(Exception):
    """The base of everything that `media` raises on purpose."""


class FormatError(MediaError, ValueError):
    """Samples, pixels or parameters that are not of the promised shape, type, rate or size."""


class NotAWavError(MediaError, ValueError):
    """A file that is no WAV, or a WAV of a kind that is not read here."""


class NotAMediaFileError(MediaError, ValueError):
    """A file that cannot be opened as media, or that lacks the wanted kind of stream."""


class OpusError(MediaError, ValueError):
    """The Opus codec refused: a malformed packet or an impossible setting."""


class ClosedError(MediaError, ValueError):
    """Something was used after it had been closed."""
