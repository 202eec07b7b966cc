"""Opus by libopus: decoding, concealment, in-band FEC, encoding (RFC 6716)."""

from media.opus.decoder import OPUS_RATES as OPUS_RATES
from media.opus.decoder import OpusDecoder as OpusDecoder
from media.opus.encoder import Application as Application
from media.opus.encoder import OpusEncoder as OpusEncoder
from media.opus.library import Library as Library
from media.opus.library import library as library
