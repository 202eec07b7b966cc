"""A call with a camera, a microphone and a speaker: whatever is heard is said again.

callboard daily echo_call.py --url https://example.daily.co/hello
"""

import argparse
import threading

from daily import CallClient, Daily, EventHandler

CHUNK = 320  # 20 ms at 16 kHz


class Events(EventHandler):
    """Prints who comes and goes."""

    def on_participant_joined(self, participant):
        print(f"{participant['info']['userName']} is here.", flush=True)

    def on_participant_left(self, participant, reason):
        print(f"{participant['info']['userName']} has gone.", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("-u", "--url", required=True)
    parser.add_argument("-s", "--seconds", type=float, default=None, help="default: until Ctrl-C")
    args = parser.parse_args()

    Daily.init()
    camera = Daily.create_camera_device("my-camera", width=320, height=240, color_format="RGB")
    microphone = Daily.create_microphone_device("my-microphone", non_blocking=True)
    speaker = Daily.create_speaker_device("my-speaker")
    Daily.select_speaker_device("my-speaker")

    joined = threading.Event()
    client = CallClient(event_handler=Events())
    client.set_user_name("Echo")
    client.join(
        args.url,
        client_settings={
            "inputs": {
                "camera": {"isEnabled": True, "settings": {"deviceId": "my-camera"}},
                "microphone": {"isEnabled": True, "settings": {"deviceId": "my-microphone"}},
            }
        },
        completion=lambda data, error: (print(error or "Joined.", flush=True), joined.set()),
    )
    joined.wait()

    picture = bytes((40, 90, 160)) * (320 * 240)
    heard = 0
    try:
        while args.seconds is None or heard < args.seconds * 16000:
            if heard % 1600 == 0:  # ten pictures a second
                camera.write_frame(picture)
            microphone.write_frames(speaker.read_frames(CHUNK))
            heard += CHUNK
    except KeyboardInterrupt:
        pass
    client.leave()
    client.release()


main()
