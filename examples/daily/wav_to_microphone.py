"""Say a WAV file into a call, 100 ms at a time.

callboard daily wav_to_microphone.py --url https://example.daily.co/hello --input speech.wav
"""

import argparse
import threading
import wave

from daily import CallClient, Daily


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("-u", "--url", required=True)
    parser.add_argument("-i", "--input", required=True, help="a WAV file of 16-bit samples")
    args = parser.parse_args()

    with wave.open(args.input) as wav:
        sample_rate, channels = wav.getframerate(), wav.getnchannels()
        Daily.init()
        microphone = Daily.create_microphone_device(
            "my-microphone", sample_rate=sample_rate, channels=channels
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
            completion=lambda data, error: (print(error or "Joined.", flush=True), joined.set()),
        )
        joined.wait()
        written = 0
        while chunk := wav.readframes(sample_rate // 10):
            # It returns when the chunk has been said: the loop takes as long as the file.
            written += microphone.write_frames(chunk)
    print(f"{written} frames were said.", flush=True)
    client.leave()
    client.release()


main()
