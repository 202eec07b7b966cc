"""Ten minutes of conversation with the stock agent in virtual time.

`python -m benchmarks.hop.conversation` prints the timeline, and to standard error the CPU seconds.
Everything is real but the network, the people, and the engines: devices, voice activity, turns,
the conversation, supervision. The agent is talked to 21 times, three times while it speaks.
"""

import sys
import time
from pathlib import Path

from callboard.testing.lab import CallLab
from callboard.testing.timeline import Timeline

ASSISTANT = Path(__file__).resolve().parents[2] / "examples" / "agents" / "assistant.py"
MINUTES = 10
REPLIES = {
    "hello there": ("Hi Alice, how are you?", 0.3),
    "tell me a story": ("Once upon a time there was an actor. He forgot all of his lines.", 0.3),
    "*": ("I do not know.", 0.3),
}


def converse() -> tuple[Timeline, float]:
    """Run it once; the timeline, and the CPU seconds that it took."""
    lab = CallLab(ASSISTANT, seed=1)
    lab.script(hearing=0.2, thinking=REPLIES, speaking=0.05)
    alice = lab.join("Alice")
    questions = ("hello there", "tell me a story", "what is it")
    for number in range(18):
        alice.says(questions[number % 3], at=1.0 + 33.0 * number)
    for number in range(3):
        alice.says("stop that now", at=38.5 + 198.0 * number)  # over the story
    began = time.process_time()
    timeline = lab.run(60 * MINUTES)
    return timeline, time.process_time() - began


if __name__ == "__main__":
    told, seconds = converse()
    sys.stdout.buffer.write(str(told).encode())
    sys.stderr.write(f"{seconds:.2f} s of CPU\n")
