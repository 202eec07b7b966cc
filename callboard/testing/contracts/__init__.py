"""What every engine has to keep, as test classes to inherit from.

A new engine's test is a class with one method:

    class TestMyVoice(VoiceContract):
        def make(self) -> Voice:
            return MyVoice()

They run in virtual time, with `in_thread` done by one real worker thread while the clock stands.
An engine that talks to a server overrides `run` to start its fake server around `super().run`.
"""

from callboard.testing.contracts.ear import EarContract as EarContract
from callboard.testing.contracts.mind import MindContract as MindContract
from callboard.testing.contracts.voice import VoiceContract as VoiceContract
