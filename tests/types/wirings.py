"""Right and wrong wirings, read by pyright and mypy and never run.

A line with `# error` must be an error in both checkers, and no other line may be one.
"""
# pyright: reportUnusedExpression=false

from typing import assert_type

import attrs

from runtime import (
    Actor,
    Chain,
    Context,
    Graph,
    In,
    InPort,
    ManyInPort,
    Out,
    OutPort,
    Receive,
    Send,
    SpeechRole,
    Wire,
    Wires,
    stage,
    wire,
)


@attrs.frozen
class Audio:
    samples: bytes


@attrs.frozen
class Speech(Audio):
    turn: int


@attrs.frozen
class Video:
    pixels: bytes


@attrs.frozen
class Microphone(Actor):
    audio = Out[Audio]()


@attrs.frozen
class Camera(Actor):
    video = Out[Video]()


@attrs.frozen
class Vad(Actor):
    audio = In[Audio]()
    speech = Out[Speech](speech=SpeechRole.ENDS)


@attrs.frozen
class Speaker(Actor):
    audio = In[Audio](optional=True)
    only_speech = In[Speech](optional=True)
    voices = In[Audio](many=True)

    async def run(self, ctx: Context) -> None:
        async for frame in self.audio:
            assert_type(frame, Audio)
        for source, voice in self.voices.items():
            assert_type(source, str)
            assert_type(await voice.receive(), Audio)


microphone, camera, vad, speaker = Microphone(), Camera(), Vad(), Speaker()

assert_type(microphone.audio, OutPort[Audio])
assert_type(speaker.audio, InPort[Audio])
assert_type(speaker.voices, ManyInPort[Audio])
assert_type(microphone.audio >> vad.audio, Wire)

microphone.audio >> vad.audio
vad.speech >> speaker.audio
vad.speech >> speaker.voices
wire(vad.speech, speaker.audio, capacity=3)
vad.speech >> vad.audio.inner  # error
camera.video >> vad.audio  # error
microphone.audio >> speaker.only_speech  # error
microphone.audio >> vad.speech  # error
camera.video >> speaker.voices  # error
wire(camera.video, vad.audio)  # error
wire(vad.audio, speaker.audio)  # error


@stage
async def loud(inlet: Receive[Audio], outlet: Send[Audio], *, db: float = 0.0) -> None:
    async for frame in inlet:
        assert_type(frame, Audio)
        await outlet.send(frame)
        await outlet.send("words")  # error


@stage
async def written(inlet: Receive[Speech], outlet: Send[str], ctx: Context) -> None:
    await outlet.send(str((await inlet.receive()).turn))


@attrs.frozen
class Page(Actor):
    text = In[str]()


page = Page()
assert_type(microphone.audio >> loud(db=3.0), Chain[Audio])
assert_type(vad.speech >> written() >> page.text, Wires)
Graph(microphone.audio >> loud() >> speaker.audio, vad.speech >> written() >> page.text)
Graph(microphone.audio >> loud() >> loud(db=1.0) >> vad.audio)
loud(volume=3)  # error
written(1)  # error
camera.video >> loud()  # error
microphone.audio >> loud() >> page.text  # error
microphone.audio >> loud() >> written()  # error
