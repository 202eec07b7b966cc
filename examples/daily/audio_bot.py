"""A bot with a thread that speaks: it joins, says a WAV file again and again, and cleans up.

callboard daily audio_bot.py --url https://example.daily.co/hello --input speech.wav
"""

import argparse
import threading
import wave

from daily import CallClient, Daily, EventHandler


class AudioBot(EventHandler):
    """Speaks from its own thread, from the moment when it has joined until it is told to stop."""

    def __init__(self, input_file: str) -> None:
        self.input_file = input_file
        with wave.open(input_file) as wav:
            self.sample_rate, self.channels = wav.getframerate(), wav.getnchannels()
        self.microphone = Daily.create_microphone_device(
            "bot-microphone", sample_rate=self.sample_rate, channels=self.channels
        )
        self.client = CallClient(event_handler=self)
        self.client.set_user_name("Audio Bot")
        self.client.update_subscription_profiles(
            {"base": {"camera": "unsubscribed", "microphone": "unsubscribed"}}
        )
        self.start_event = threading.Event()
        self.quit = threading.Event()
        self.error = None
        self.thread = threading.Thread(target=self.send_audio)
        self.thread.start()

    def on_participant_joined(self, participant):
        print(f"{participant['info']['userName']} is here.", flush=True)

    def on_joined(self, data, error):
        if error:
            print(f"The bot could not join: {error}", flush=True)
            self.error = error
        self.start_event.set()

    def run(self, url: str, seconds: float | None) -> None:
        self.client.join(
            url,
            client_settings={
                "inputs": {
                    "camera": False,
                    "microphone": {"isEnabled": True, "settings": {"deviceId": "bot-microphone"}},
                }
            },
            completion=self.on_joined,
        )
        self.quit.wait(seconds)

    def leave(self) -> None:
        self.quit.set()
        self.start_event.set()
        self.thread.join()
        self.client.leave()
        self.client.release()

    def send_audio(self) -> None:
        self.start_event.wait()
        while not self.error and not self.quit.is_set():
            with wave.open(self.input_file) as wav:
                while not self.quit.is_set():
                    chunk = wav.readframes(self.sample_rate // 10)
                    if not chunk:
                        break
                    self.microphone.write_frames(chunk)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("-u", "--url", required=True)
    parser.add_argument("-i", "--input", required=True, help="a WAV file of 16-bit samples")
    parser.add_argument("-s", "--seconds", type=float, default=None, help="default: until Ctrl-C")
    args = parser.parse_args()

    Daily.init()
    bot = AudioBot(args.input)
    try:
        bot.run(args.url, args.seconds)
    except KeyboardInterrupt:
        pass
    finally:
        bot.leave()


main()
