"""An adaptive jitter buffer, sans-IO: packets and times in, audio out."""

from media.jitter.buffer import JitterBuffer as JitterBuffer
from media.jitter.concealment import Decoder as Decoder
from media.jitter.packets import RtpPacket as RtpPacket
from media.jitter.statistics import JitterStatistics as JitterStatistics
