"""Files as sources and as recorders, synchronous: run them in a worker thread."""

from media.files.audio import AudioFile as AudioFile
from media.files.ogg import OggOpusWriter as OggOpusWriter
from media.files.reading import Paced as Paced
from media.files.reading import Source as Source
from media.files.video import VideoFile as VideoFile
from media.files.webm import VideoSize as VideoSize
from media.files.webm import WebmWriter as WebmWriter
from media.wav import WavWriter as WavWriter
from media.wav import read_wav as read_wav
from media.wav import write_wav as write_wav
