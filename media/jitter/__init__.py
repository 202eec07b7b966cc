"""An adaptive jitter buffer, sans-IO: packets and times in, audio out."""

from media.jitter.buffer import JitterBuffer as JitterBuffer
from media.jitter.decoder import Decoder as Decoder
from media.jitter.packet import RtpPacket as RtpPacket
from media.jitter.statistics import JitterStatistics as JitterStatistics
