"""The Moonshine tiny-en speech recogniser on onnxruntime: samples in, text out.

The weights lie in the wheel `moonshine-voice`. Its folder is found without importing the package,
which would open sound devices and load a 42 MB library of its own.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from actors.stages.errors import EngineMissingError
from actors.stages.onnx import Tensor, open_session

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
