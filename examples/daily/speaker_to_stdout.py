"""Write what is heard in a call as raw 16-bit PCM to standard output, or to a file.

callboard daily speaker_to_stdout.py --url https://example.daily.co/hello |
    ffplay -f s16le -ar 16000 -
"""

import argparse
import sys
import threading
from pathlib import Path

from daily import CallClient, Daily

CHUNK = 1600  # 100 ms at 16 kHz


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("-u", "--url", required=True)
    parser.add_argument("-o", "--output", type=Path, help="default: standard output")
    parser.add_argument("-s", "--seconds", type=float, default=None, help="default: until Ctrl-C")
    args = parser.parse_args()

    Daily.init()
    speaker = Daily.create_speaker_device("my-speaker", sample_rate=16000, channels=1)
    Daily.select_speaker_device("my-speaker")
    joined = threading.Event()
    client = CallClient()
    client.join(
        args.url,
        client_settings={"inputs": {"camera": False, "microphone": False}},
        completion=lambda data, error: joined.set(),
    )
    joined.wait()

    output = args.output.open("wb") if args.output else sys.stdout.buffer
    read = 0
    try:
        while args.seconds is None or read < args.seconds * 16000:
            output.write(speaker.read_frames(CHUNK))
            output.flush()
            read += CHUNK
    except (KeyboardInterrupt, BrokenPipeError):
        pass
    if args.output:
        output.close()
    client.leave()
    client.release()


main()
