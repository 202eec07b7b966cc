"""What crashes or hangs the original gives an error or the right result, in a process of its own.

Each case is a script; it must end by itself, with code 0, having printed what is expected.
"""

import os
import subprocess
import sys
import textwrap

import pytest

pytestmark = pytest.mark.real

PATIENCE = 60

CASES = {
    "use before init": (
        """
        microphone = Daily.create_microphone_device("mic")
        print(microphone.write_frames(bytes(320)))
        """,
        "160",
    ),
    "double init": (
        """
        Daily.init()
        Daily.init(worker_threads=8)
        print("initialized")
        """,
        "initialized",
    ),
    "deinit twice, and init again": (
        """
        Daily.init(); Daily.deinit(); Daily.deinit(); Daily.init()
        print(len(Daily.create_speaker_device("speaker").read_frames(160)))
        """,
        "320",
    ),
    "a short buffer for a camera": (
        """
        camera = Daily.create_camera_device("camera", 1280, 720)
        try:
            camera.write_frame(b"short")
        except ValueError as error:
            print(error)
        """,
        "frame size mismatch: expected 3686400 bytes for 1280x720 RGBA, got 5.",
    ),
    "absurd rate and channels": (
        """
        for rate, channels in ((2**31, 1), (16000, 2**31), (-5, 1), (16000, 0)):
            for make in (Daily.create_microphone_device, Daily.create_speaker_device):
                try:
                    make("absurd", sample_rate=rate, channels=channels)
                except ValueError:
                    print("refused", end=" ")
        """,
        "refused " * 8,
    ),
    "a rate that 10 ms do not divide": (
        """
        try:
            Daily.create_native_vad(sample_rate=11025)
        except ValueError:
            print("refused")
        """,
        "refused",
    ),
    "a huge read": (
        """
        try:
            Daily.create_speaker_device("speaker").read_frames(2**62)
        except ValueError as error:
            print(type(error).__name__)
        """,
        "BadValueError",
    ),
    "a frame count that is no number": (
        """
        try:
            Daily.create_speaker_device("speaker").read_frames("many")
        except TypeError:
            print("refused")
        """,
        "refused",
    ),
    "use of a client after release": (
        """
        client = CallClient()
        client.release()
        for use in (client.release, client.participants, client.leave,
                    lambda: client.join("http://127.0.0.1:9/x")):
            try:
                use()
            except RuntimeError as error:
                print(error)
        """,
        "this object has already been released\n" * 4,
    ),
    "use of everything after deinit": (
        """
        microphone = Daily.create_microphone_device("mic")
        speaker = Daily.create_speaker_device("speaker")
        camera = Daily.create_camera_device("camera", 2, 2)
        source = CustomAudioSource(16000, 1)
        client = CallClient()
        Daily.deinit()
        for use in (lambda: microphone.write_frames(bytes(320)), lambda: speaker.read_frames(160),
                    lambda: camera.write_frame(bytes(16)), lambda: CustomAudioTrack(source),
                    lambda: source.write_frames(bytes(320)), client.participants, client.leave,
                    client.release):
            try:
                use()
            except RuntimeError as error:
                print(type(error).__name__, end=" ")
        """,
        "DeinitializedError " * 8,
    ),
    "deinit while others write and read": (
        """
        microphone = Daily.create_microphone_device("mic")
        speaker = Daily.create_speaker_device("speaker")
        results = []
        def write(): results.append(0 <= microphone.write_frames(bytes(320000)) < 160000)
        def read(): results.append(speaker.read_frames(160000) == b"")
        threads = [threading.Thread(target=each) for each in (write, read)]
        for each in threads: each.start()
        speaker2 = Daily.create_speaker_device("clock"); speaker2.read_frames(3200)
        Daily.deinit()
        for each in threads: each.join()
        print(results)
        """,
        "[True, True]",
    ),
    "release inside a handler": (
        """
        done = threading.Event()
        class Handler(EventHandler):
            def on_call_state_updated(self, state):
                if state == "left":
                    client.release()
                    done.set()
        client = CallClient(event_handler=Handler())
        client.leave()
        print(done.wait(20))
        """,
        "True",
    ),
    "waiting and releasing inside a handler, in a call": (
        """
        done = threading.Event()
        class Handler(EventHandler):
            def on_participant_joined(self, participant):
                updated = threading.Event()
                client.update_inputs({"camera": False}, completion=lambda e: updated.set())
                print(updated.wait(20), len(client.participants()))
                client.release()
                done.set()
        client = CallClient(event_handler=Handler())
        client.join("https://x.daily.co/y")
        other = CallClient()
        other.join("https://x.daily.co/y")
        print(done.wait(20))
        other.release()
        """,
        "True 2 True",
    ),
    "leaving, waiting and releasing inside the completion of join": (
        """
        done = threading.Event()
        client = CallClient()
        def joined(data, error):
            left = threading.Event()
            client.leave(completion=lambda e: left.set())
            print(error, left.wait(20))
            client.release()
            done.set()
        client.join("https://x.daily.co/y", completion=joined)
        print(done.wait(20))
        """,
        "None True True",
    ),
    "deinit inside a completion": (
        """
        done = threading.Event()
        client = CallClient()
        def left(error):
            Daily.deinit()
            done.set()
        client.leave(completion=left)
        print(done.wait(20))
        """,
        "True",
    ),
    "waiting in a handler for a completion": (
        """
        done = threading.Event()
        class Handler(EventHandler):
            def on_call_state_updated(self, state):
                if state == "leaving":
                    updated = threading.Event()
                    client.update_inputs({"camera": False}, completion=lambda e: updated.set())
                    print(updated.wait(20), client.inputs()["camera"]["isEnabled"])
                    microphone.write_frames(bytes(3200))
                    done.set()
        microphone = Daily.create_microphone_device("mic")
        client = CallClient(event_handler=Handler())
        client.leave()
        print(done.wait(20))
        """,
        "True False\nTrue",
    ),
    "deleting with audio that waits": (
        """
        microphone = Daily.create_microphone_device("mic", non_blocking=True)
        done = threading.Event()
        microphone.write_frames(bytes(9600), completion=lambda n: (print(n), done.set()))
        del microphone
        done.wait(20)
        """,
        "4800",
    ),
    "leaving the process with audio that waits and a client that is not released": (
        """
        client = CallClient()
        microphone = Daily.create_microphone_device("mic", non_blocking=True)
        microphone.write_frames(bytes(3200000))
        print("bye")
        """,
        "bye",
    ),
    "leaving the process in the middle of a call, without a word": (
        """
        joined, together = threading.Event(), threading.Event()
        class Handler(EventHandler):
            def on_participant_joined(self, participant): together.set()
        client = CallClient(event_handler=Handler())
        client.join("https://x.daily.co/y", completion=lambda data, error: joined.set())
        joined.wait(20)
        other = CallClient()
        other.join("https://x.daily.co/y")
        print(together.wait(20))
        """,
        "True",
    ),
    "deleting a client that is in a call": (
        """
        import gc
        joined, left = threading.Event(), threading.Event()
        class Handler(EventHandler):
            def on_participant_joined(self, participant): joined.set()
            def on_participant_left(self, participant, reason): left.set()
        client = CallClient(event_handler=Handler())
        done = threading.Event()
        client.join("https://x.daily.co/y", completion=lambda data, error: done.set())
        done.wait(20)
        other = CallClient()
        other.join("https://x.daily.co/y")
        joined.wait(20)
        del other
        gc.collect()
        print(left.wait(20))
        Daily.deinit()
        """,
        "True",
    ),
    "a handler that raises": (
        """
        class Handler(EventHandler):
            def on_call_state_updated(self, state):
                if state == "leaving":
                    raise ValueError("mine")
                print(state)
        threading.excepthook = lambda args: print(args.exc_value)
        client = CallClient(event_handler=Handler())
        done = threading.Event()
        client.leave(completion=lambda error: done.set())
        done.wait(20)
        client.release()
        """,
        "mine\nleft",
    ),
    "a completion that is no function": (
        """
        try:
            CallClient().leave(completion="soon")
        except TypeError as error:
            print(error)
        """,
        "a function is called back, not str.",
    ),
    "a settings dict that is none": (
        """
        done = threading.Event()
        client = CallClient()
        client.update_inputs(7, completion=lambda error: (print(error), done.set()))
        done.wait(20)
        """,
        "inputs is 7; it must be a dict.",
    ),
}

NEEDS_POSIX = {
    "fork": (
        """
        microphone = Daily.create_microphone_device("mic")
        client = CallClient()
        child = os.fork()
        if child == 0:
            for use in (lambda: microphone.write_frames(bytes(320)), client.participants):
                try:
                    use()
                except RuntimeError as error:
                    print(type(error).__name__, end=" ", flush=True)
            print(Daily.create_microphone_device("mine").write_frames(bytes(320)), flush=True)
            Daily.deinit()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        print(microphone.write_frames(bytes(320)))
        """,
        "DeinitializedError DeinitializedError 160\n160",
    ),
    "a signal during a write": (
        """
        import signal
        signal.signal(signal.SIGINT, signal.default_int_handler)  # shells may start us without
        microphone = Daily.create_microphone_device("mic")
        caught = []
        signal.signal(signal.SIGUSR1, lambda *_: caught.append(1))
        threading.Timer(0.1, lambda: os.kill(os.getpid(), signal.SIGUSR1)).start()
        print(microphone.write_frames(bytes(9600)), caught)
        threading.Timer(0.1, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
        try:
            microphone.write_frames(bytes(3200000))
        except KeyboardInterrupt:
            print(microphone.write_frames(bytes(320)))
        """,
        "4800 [1]\n160",
    ),
    "Ctrl-C during a read": (
        """
        import signal
        signal.signal(signal.SIGINT, signal.default_int_handler)
        speaker = Daily.create_speaker_device("speaker")
        threading.Timer(0.1, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
        try:
            speaker.read_frames(1600000)
        except KeyboardInterrupt:
            print(len(speaker.read_frames(160)))
        """,
        "320",
    ),
}


def run(script: str) -> str:
    prelude = "import os, threading\nfrom callboard.daily import *\n"
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", prelude + textwrap.dedent(script)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for word in ("Traceback", "Task was destroyed", "[error"):
        assert word not in done.stderr, done.stderr
    return done.stdout


@pytest.mark.parametrize("case", CASES)
def test_no_misuse_kills_or_hangs_the_process(case: str) -> None:
    script, expected = CASES[case]
    assert run(script).split() == expected.split()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="fork and signals are POSIX's")
@pytest.mark.parametrize("case", NEEDS_POSIX)
def test_no_fork_or_signal_does(case: str) -> None:
    script, expected = NEEDS_POSIX[case]
    assert run(script).split() == expected.split()
