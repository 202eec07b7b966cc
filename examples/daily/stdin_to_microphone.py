"""Say raw 16-bit PCM from standard input into a call.

ffmpeg -i song.mp3 -f s16le -ar 16000 -ac 1 - |
    callboard daily stdin_to_microphone.py --url https://example.daily.co/hello
"""

import argparse
import sys
import threading

from daily import CallClient, Daily


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("-u", "--url", required=True)
    parser.add_argument("-r", "--rate", type=int, default=16000)
    parser.add_argument("-c", "--channels", type=int, default=1)
    args = parser.parse_args()

    Daily.init()
    microphone = Daily.create_microphone_device(
        "my-microphone", sample_rate=args.rate, channels=args.channels
    )
    joined = threading.Event()
    client = CallClient()
    client.join(
        args.url,
        client_settings={
            "inputs": {
                "camera": False,
                "microphone": {"isEnabled": True, "settings": {"deviceId": "my-microphone"}},
            }
        },
        completion=lambda data, error: joined.set(),
    )
    joined.wait()
    chunk_size = args.rate // 10 * args.channels * 2
    while chunk := sys.stdin.buffer.read(chunk_size):
        microphone.write_frames(chunk)
    client.leave()
    client.release()


main()
