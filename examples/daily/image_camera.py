"""Show an image as a camera, 30 times a second.

callboard daily image_camera.py --url https://example.daily.co/hello --image picture.png
"""

import argparse
import threading

import av
from daily import CallClient, Daily

FRAMES_PER_SECOND = 30


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("-u", "--url", required=True)
    parser.add_argument("-i", "--image", required=True)
    parser.add_argument("-s", "--seconds", type=float, default=None, help="default: until Ctrl-C")
    args = parser.parse_args()

    with av.open(args.image, "r") as file:
        picture = next(file.decode(video=0)).to_ndarray(format="rgba")
    height, width, _ = picture.shape
    frame = picture.tobytes()

    Daily.init()
    camera = Daily.create_camera_device("image", width=width, height=height, color_format="RGBA")
    client = CallClient()
    client.join(
        args.url,
        client_settings={
            "inputs": {
                "camera": {"isEnabled": True, "settings": {"deviceId": "image"}},
                "microphone": False,
            }
        },
        completion=lambda data, error: print(error or "The image is shown.", flush=True),
    )

    done = threading.Event()
    sent = 0
    try:
        while args.seconds is None or sent < args.seconds * FRAMES_PER_SECOND:
            camera.write_frame(frame)
            sent += 1
            done.wait(1 / FRAMES_PER_SECOND)
    except KeyboardInterrupt:
        pass
    client.leave()
    client.release()


main()
