"""Deepgram's and Cartesia's protocols, against servers of ours over real WebSockets."""

import base64
import json
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from functools import partial
from typing import TypeVar

import attrs
import numpy as np
import pytest
import trio
from trio_websocket import ConnectionClosed, WebSocketRequest, serve_websocket

from actors.errors import EngineFailedError, UnreachableError
from actors.stages.ears.deepgram import DeepgramEar
from actors.stages.protocols import Ear, Heard, InThread, Spoken, Utterance, Voice
from actors.stages.voices.cartesia import CartesiaVoice
from callboard.testing.contracts import EarContract, VoiceContract
from callboard.testing.synthetic import LETTER, Reader, synthesize
from media import AudioFrame
from runtime.errors import open_plain_nursery

T = TypeVar("T")


@attrs.define
class DeepgramFake:
    """Reads the synthetic voice; each word stands once the next has begun."""

    fails: bool = False
    requests: list[str] = attrs.field(factory=list)
    texts: list[str] = attrs.field(factory=list)

    async def serve(self, request: WebSocketRequest) -> None:
        self.requests.append(f"{request.path} {dict(request.headers)[b'authorization'].decode()}")
        socket = await request.accept()
        reader, heard, stood = Reader(16000), "", 0

        async def tell(text: str, *, final: bool) -> None:
            alternatives = {"alternatives": [{"transcript": text}]}
            await socket.send_message(
                json.dumps({"type": "Results", "channel": alternatives, "is_final": final})
            )

        try:
            while True:
                message = await socket.get_message()
                if isinstance(message, str):
                    self.texts.append(json.loads(message)["type"])
                    if self.texts[-1] == "CloseStream":
                        await tell(heard[stood:].strip(), final=True)
                        await socket.send_message(json.dumps({"type": "Metadata"}))
                        await socket.aclose()
                        return
                    continue
                if self.fails:
                    await socket.aclose(1011)
                    return
                samples = np.frombuffer(message, "<i2")
                heard += "".join(letter.character for letter in reader.feed(samples))
                if " " in heard[stood:]:
                    end = heard.rindex(" ")
                    await tell(heard[stood:end], final=True)
                    stood = end + 1
                await tell(heard[stood:], final=False)
        except ConnectionClosed:
            self.texts.append("gone")


@attrs.define
class CartesiaFake:
    """Says the synthetic voice in pieces of an odd number of bytes."""

    timed: bool = True
    fails: bool = False
    hangs: bool = False
    requests: list[dict] = attrs.field(factory=list)
    headers: list[dict] = attrs.field(factory=list)

    async def serve(self, request: WebSocketRequest) -> None:
        self.headers.append({k.decode(): v.decode() for k, v in request.headers})
        socket = await request.accept()
        try:
            asked = json.loads(await socket.get_message())
            self.requests.append(asked)
            if self.fails:
                await socket.send_message(json.dumps({"type": "error", "error": asked}))
                return
            text, rate = asked["transcript"], asked["output_format"]["sample_rate"]
            sound = synthesize(text, rate).astype("<i2").tobytes()
            at = 0
            for word in text.split() if self.timed else ():
                start = text.index(word, at) * LETTER
                at = text.index(word, at) + len(word)
                times = {"words": [word], "start": [start], "end": [at * LETTER]}
                await socket.send_message(
                    json.dumps({"type": "timestamps", "word_timestamps": times})
                )
            for start in range(0, len(sound), 4097):
                data = base64.b64encode(sound[start : start + 4097]).decode()
                await socket.send_message(json.dumps({"type": "chunk", "data": data}))
                if self.hangs:
                    self.requests.append(json.loads(await socket.get_message()))
                    return
            await socket.send_message(json.dumps({"type": "done"}))
            await socket.get_message()
        except ConnectionClosed:
            return


def beside(fake: DeepgramFake | CartesiaFake, use: Callable[[str], Awaitable[T]]) -> T:
    """Call `use(url)` in real time with a server beside it."""

    async def main() -> T:
        async with open_plain_nursery() as nursery:
            serve = partial(serve_websocket, fake.serve, "127.0.0.1", 0, ssl_context=None)
            server = await nursery.start(serve)
            with trio.fail_after(20):
                result = await use(f"ws://127.0.0.1:{server.port}/v1/x")
            nursery.cancel_scope.cancel()
        return result

    return trio.run(main)


class TestDeepgram(EarContract):
    words = "hello there"

    def make(self) -> Ear:
        return DeepgramEar("a key")

    def run(self, use: Callable[[Ear, InThread], Awaitable[T]]) -> T:
        return beside(
            DeepgramFake(),
            lambda url: use(DeepgramEar("a key", url=url), trio.to_thread.run_sync),
        )


class TestCartesia(VoiceContract):
    def make(self) -> Voice:
        return CartesiaVoice("a key", "a voice")

    def run(self, use: Callable[[Voice, InThread], Awaitable[T]]) -> T:
        return beside(
            CartesiaFake(),
            lambda url: use(CartesiaVoice("a key", "a voice", url=url), trio.to_thread.run_sync),
        )


def hear(fake: DeepgramFake, text: str) -> list[Heard]:
    async def use(url: str) -> list[Heard]:
        utterance = Utterance(1)
        utterance.append(AudioFrame(synthesize(text)[:, None], 16000))
        utterance.end()
        ear = DeepgramEar("a key", url=url)
        async with aclosing(ear.hear(utterance, trio.to_thread.run_sync)) as readings:
            return [heard async for heard in readings]

    return beside(fake, use)


def test_what_deepgram_is_told() -> None:
    fake = DeepgramFake()
    assert hear(fake, "one two three")[-1] == Heard("one two three", final=True)
    [request] = fake.requests
    assert "encoding=linear16" in request
    assert "sample_rate=16000" in request
    assert "interim_results=true" in request
    assert request.endswith(" Token a key")
    assert fake.texts == ["CloseStream"]


def test_deepgram_hanging_up_in_mid_turn_is_a_failure() -> None:
    async def use(url: str) -> None:
        utterance = Utterance(1)
        utterance.append(AudioFrame(synthesize("one")[:, None], 16000))
        ear = DeepgramEar("a key", url=url)
        async with aclosing(ear.hear(utterance, trio.to_thread.run_sync)) as readings:
            async for _ in readings:
                pass

    with pytest.raises(EngineFailedError, match="hung up"):
        beside(DeepgramFake(fails=True), use)


def say(fake: CartesiaFake, text: str) -> list[Spoken]:
    async def use(url: str) -> list[Spoken]:
        voice = CartesiaVoice("a key", "a voice", url=url)
        async with aclosing(voice.speak(text, trio.to_thread.run_sync)) as spoken:
            return [each async for each in spoken]

    return beside(fake, use)


@pytest.mark.parametrize("timed", [True, False])
def test_cartesias_stretches_are_the_whole_sound_and_all_words(timed: bool) -> None:
    text = "Good morning, everybody."
    spoken = say(CartesiaFake(timed), text)
    sound = np.concatenate([each.audio.samples[:, 0] for each in spoken])
    assert np.array_equal(sound, synthesize(text, 24000))
    assert [word.text for each in spoken for word in each.words] == text.split()
    assert len(spoken) == (3 if timed else 1)


def test_the_times_are_those_that_cartesia_tells() -> None:
    begun = 0.0
    words = []
    for each in say(CartesiaFake(), "Good morning all"):
        words += [(w.text, round(begun + w.start, 2), round(begun + w.end, 2)) for w in each.words]
        begun += each.audio.duration
    assert words == [("Good", 0.0, 0.24), ("morning", 0.3, 0.72), ("all", 0.78, 0.96)]


def test_what_cartesia_is_told() -> None:
    fake = CartesiaFake()
    say(fake, "Yes.")
    assert fake.headers[0]["x-api-key"] == "a key"
    assert fake.headers[0]["cartesia-version"] == "2024-11-13"
    assert fake.requests[0]["voice"] == {"mode": "id", "id": "a voice"}
    assert fake.requests[0]["output_format"]["encoding"] == "pcm_s16le"


def test_an_interruption_is_told_to_cartesia() -> None:
    fake = CartesiaFake(hangs=True)

    async def use(url: str) -> None:
        voice = CartesiaVoice("a key", "a voice", url=url)
        with trio.move_on_after(0.3):
            async with aclosing(voice.speak("Good morning.", trio.to_thread.run_sync)) as spoken:
                async for _ in spoken:
                    pass

    beside(fake, use)
    assert fake.requests[-1] == {"context_id": "clause", "cancel": True}


def test_an_error_of_cartesias_does_not_quote_the_clause() -> None:
    with pytest.raises(EngineFailedError) as raised:
        say(CartesiaFake(fails=True), "A secret.")
    assert "secret" not in str(raised.value)


def test_a_service_that_nobody_reaches_is_told_by_its_host() -> None:
    async def main() -> None:
        voice = CartesiaVoice("a key", "a voice", url="ws://127.0.0.1:9/x")
        async with aclosing(voice.speak("Yes.", trio.to_thread.run_sync)) as spoken:
            async for _ in spoken:
                pass

    with pytest.raises(UnreachableError, match=r"127\.0\.0\.1 is not reached"):
        trio.run(main)


def test_keys_are_never_shown() -> None:
    assert "a key" not in repr([DeepgramEar("a key"), CartesiaVoice("a key", "a voice")])
