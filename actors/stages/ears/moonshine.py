"""The embedded ear: Moonshine tiny-en, English, on one thread of this machine."""

from __future__ import annotations

import importlib.util
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Final

import attrs
import numpy as np
from numpy.typing import NDArray

from actors.errors import EngineMissingError
from actors.stages.models import LoadedOnce, Tensor, finished_before_exit, open_session
from actors.stages.protocols import Heard, InThread, Utterance

SAMPLE_RATE: Final = 16000
_FIRST_TOKEN: Final = 1
_LAST_TOKEN: Final = 2
_TOKENS_PER_SECOND: Final = 6.5
"""Nobody speaks faster; without a cap the decoder repeats itself on noise."""
_SHORTEST: Final = 1600
"""The encoder's convolutions need some samples; shorter audio is padded with silence."""
_HEADS: Final = 8
_HEAD_SIZE: Final = 36


def weights_folder() -> Path | None:
    """Return where the weights lie, or None where the wheel is missing or carries none."""
    # Not imported: the package would open sound devices and load a 42 MB library of its own.
    spec = importlib.util.find_spec("moonshine_voice")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "assets" / "tiny-en"
    return folder if (folder / "encoder_model.ort").is_file() else None


def available() -> bool:
    """True when weights and onnxruntime are installed; imports neither."""
    return weights_folder() is not None and importlib.util.find_spec("onnxruntime") is not None


class Moonshine:
    """The loaded model. `transcribe` may run in several threads at once.

    Raises `EngineMissingError` when a part is not installed. Loading takes about 0.6 s.
    """

    def __init__(self) -> None:
        folder = weights_folder()
        if folder is None or not available():
            raise EngineMissingError(
                "Speech recognition needs onnxruntime and the weights in moonshine-voice 0.1.0: "
                "pip install 'callboard[voice]'."
            )
        self._encoder = open_session(folder / "encoder_model.ort")
        self._decoder = open_session(folder / "decoder_model_merged.ort")
        self._pieces = read_tokens((folder / "tokenizer.bin").read_bytes())
        names = [each.name for each in self._decoder.get_inputs()]
        self._outputs = [each.name for each in self._decoder.get_outputs()]
        self._caches = [name for name in names if name.startswith("past_key_values")]

    def transcribe(self, samples: NDArray[np.int16]) -> str:
        """Return the words in `samples`, int16 `[n]` at 16 kHz; best under 10 s."""
        if not len(samples):
            return ""
        cap = int(len(samples) / SAMPLE_RATE * _TOKENS_PER_SECOND) + 4
        audio = samples.astype(np.float32) / 32768
        if len(audio) < _SHORTEST:
            audio = np.pad(audio, (0, _SHORTEST - len(audio)))
        mask = np.ones((1, len(audio)), np.int64)
        hidden = self._encoder.run(None, {"input_values": audio[None], "attention_mask": mask})[0]
        return self._text(self._decode(hidden, mask, cap))

    def _decode(self, hidden: Tensor, mask: Tensor, cap: int) -> list[int]:
        """Take the likeliest token, step by step, until the model ends the sentence."""
        tokens = [_FIRST_TOKEN]
        empty = np.zeros((0, _HEADS, 1, _HEAD_SIZE), np.float32)
        past: dict[str, Tensor] = dict.fromkeys(self._caches, empty)
        for step in range(cap):
            answer = self._decoder.run(
                None,
                {
                    "input_ids": np.array([tokens[-1:]], np.int64),
                    "encoder_hidden_states": hidden,
                    "encoder_attention_mask": mask,
                    "use_cache_branch": np.array([step > 0]),
                    **past,
                },
            )
            for name, value in zip(self._outputs[1:], answer[1:], strict=True):
                # The encoder's part of the cache is made by the first step and stays as it is.
                if step == 0 or ".decoder." in name:
                    past[name.replace("present", "past_key_values")] = value
            token = int(answer[0][0, -1].argmax())
            if token == _LAST_TOKEN:
                break
            tokens.append(token)
        return tokens[1:]

    def _text(self, tokens: list[int]) -> str:
        joined = b"".join(self._pieces[token] for token in tokens)
        return joined.decode("utf-8", "replace").replace("▁", " ").strip()


def read_tokens(data: bytes) -> list[bytes]:
    """Read `tokenizer.bin`: pieces led by their length, of two bytes when the first is ≥ 128."""
    pieces: list[bytes] = []
    at = 0
    while at < len(data):
        length = data[at]
        at += 1
        if length >= 128:
            length += data[at] * 128 - 128
            at += 1
        pieces.append(data[at : at + length])
        at += length
    return pieces


_WINDOW = 320
"""Samples: 20 ms at 16 kHz."""

_SMOOTH = 5
"""Windows that are averaged: the closure of a "t" is shorter, a gap between words is not."""


def quietest(samples: NDArray[np.int16]) -> int:
    """Return the middle of the quietest 100 ms in `samples`, int16 `[n]`, as a sample number."""
    power = _power(samples)
    if not len(power):
        return len(samples) // 2
    return (int(power.argmin()) + _SMOOTH // 2) * _WINDOW + _WINDOW // 2


def loudest(samples: NDArray[np.int16]) -> float:
    """Return the RMS of the loudest 100 ms (of all, where there is less), 0 for no samples."""
    power = _power(samples)
    if len(power):
        return float(np.sqrt(power.max()))
    return float(np.sqrt(np.mean(samples.astype(np.float32) ** 2))) if len(samples) else 0.0


def _power(samples: NDArray[np.int16]) -> NDArray[np.float32]:
    """Return the mean power of each 100 ms, one every 20 ms; none where there is not enough."""
    whole = len(samples) // _WINDOW
    if whole <= _SMOOTH:
        return np.zeros(0, np.float32)
    windows = samples[: whole * _WINDOW].reshape(whole, _WINDOW).astype(np.float32)
    power = np.einsum("ij,ij->i", windows, windows) / _WINDOW
    # Not np.convolve: its stub's result is partly unknown.
    return np.lib.stride_tricks.sliding_window_view(power, _SMOOTH).mean(axis=1, dtype=np.float32)


_model: Final = LoadedOnce(Moonshine)

_LONGEST: Final = 9 * SAMPLE_RATE
"""Samples that are read at once: the model was trained on sentences, not on speeches."""

_SETTLED: Final = 6 * SAMPLE_RATE
"""A longer stretch is cut at the quietest place between these two, and its first part stands."""

_SILENT: Final = 60.0
"""RMS (-55 dBFS) of 100 ms under which nobody speaks: the model hears "You" in silence."""


@attrs.frozen
class MoonshineEar:
    """Hears English. Partial readings come while a person speaks, and in each pause.

    All ears of a process share the weights. About 0.03 of real time of one core a decoding; the
    growing utterance is decoded again each time, never more than 9 s of it.
    """

    every: float = 0.5
    """Seconds of speech from one partial reading to the next."""
    language: str = "en"
    """BCP-47 tag; the model knows no other language."""

    async def warm(self, in_thread: InThread) -> None:
        """Load the model and run it once, so that the first person waits for nothing."""
        await in_thread(_warm)

    async def hear(self, utterance: Utterance, in_thread: InThread) -> AsyncGenerator[Heard, None]:
        """Decode the growing utterance; the last pause's reading is the final one if it holds."""
        enough = round(self.every * SAMPLE_RATE)
        settled: list[str] = []
        start = read = 0
        text = ""
        while not (utterance.ended and read == len(utterance)):
            await utterance.wait_beyond(read, enough=enough)
            read = len(utterance)
            if read - start > _LONGEST:
                cut = start + quietest(utterance.samples(start)[_SETTLED:_LONGEST]) + _SETTLED
                settled.append(await in_thread(transcribe, utterance.samples(start)[: cut - start]))
                start = cut
            text = await in_thread(transcribe, utterance.samples(start)[: read - start])
            if not utterance.ended:
                yield Heard(" ".join([*settled, text]).strip(), final=False)
        yield Heard(" ".join([*settled, text]).strip(), final=True)


@finished_before_exit
def transcribe(samples: NDArray[np.int16]) -> str:
    """Return the English words in `samples`, int16 `[n]` at 16 kHz. Blocks."""
    if loudest(samples) < _SILENT:
        return ""
    return _model.get().transcribe(samples)


@finished_before_exit
def _warm() -> None:
    _model.get().transcribe(np.zeros(SAMPLE_RATE, np.int16))
