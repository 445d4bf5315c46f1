"""Moonshine: English words in a time that grows with the audio, a few hundredths of a second.

Jeffries et al., "Moonshine: Speech Recognition for Live Transcription and Voice Commands" (2024):
a convolutional stem over the samples themselves, so that nothing is padded to 30 s. An earlier
decode's words as a draft of the next would save a fifth of the time, but the weights are int8 with
scales taken from all rows at once: a checked draft is not what a decode without it writes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from asr.audio import RATE, Audio
from asr.errors import ModelUnreadableError

_BEGIN, _END = 1, 2
_SILENCE = round(0.2 * RATE)  # after the audio: words that are cut off are else said over and over
_TOKENS_PER_SECOND = 6.5  # of the fastest speech, so that a loop ends early
_TOKENS_SPARE = 4
_SPACE = "\u2581"
_BYTE = re.compile(r"<0x([0-9A-F]{2})>")
_MARK = re.compile(r"<.*>")
_UNSPOKEN = re.compile(r"[♪©]")  # of subtitles, where it learned


@dataclass(frozen=True)
class Guess:
    """What one decode wrote."""

    tokens: tuple[int, ...]
    text: str
    score: float
    """Mean log probability of the tokens."""
    capped: bool
    """It did not come to an end."""


class Moonshine:
    """The model in the folder: `encoder_model.ort`, `decoder_model_merged.ort`, `tokenizer.bin`.

    Raises ModelUnreadableError when the folder holds no such model.
    """

    def __init__(self, folder: Path, threads: int = 1) -> None:
        try:
            self._pieces = _pieces((folder / "tokenizer.bin").read_bytes())
            self._encoder = _session(folder / "encoder_model.ort", threads)
            self._decoder = _session(folder / "decoder_model_merged.ort", threads)
        except Exception as error:  # onnxruntime's errors have no common base but this
            raise ModelUnreadableError(
                f"The Moonshine model in {folder} cannot be read ({error}); "
                "fetch it again with `parley models fetch`."
            ) from error
        self.name = folder.name
        self._empty = {
            given.name: np.zeros((1, given.shape[1], 0, given.shape[3]), np.float32)
            for given in self._decoder.get_inputs()
            if given.name.startswith("past")
        }

    def decode(self, audio: Audio) -> Guess:
        """Greedy words of `audio` (float32[n] at 16 kHz), up to half a minute; blocks meanwhile."""
        samples = np.pad(audio, (0, _SILENCE))[None]
        everything = np.ones(samples.shape, np.int64)
        encoded = self._encoder.run(None, {"input_values": samples, "attention_mask": everything})[
            0
        ]
        longest = round(_TOKENS_PER_SECOND * len(audio) / RATE) + _TOKENS_SPARE
        tokens: list[int] = []
        scores: list[float] = []
        cache, last = self._empty, _BEGIN
        while last != _END and len(tokens) < longest:
            given = {
                "input_ids": np.array([[last]], np.int64),
                "encoder_hidden_states": encoded,
                "encoder_attention_mask": everything,
                "use_cache_branch": np.array([bool(tokens)]),
            }
            logits, *made = self._decoder.run(None, given | cache)
            # After the first step the encoder's keys and values come out empty: they stay.
            kept = cache if tokens else {}
            cache = dict(zip(self._empty, made, strict=True)) | {
                name: past for name, past in kept.items() if ".encoder." in name
            }
            last, score = _likeliest(logits[0, -1])
            tokens.append(last)
            scores.append(score)
        capped = last != _END
        words = tokens if capped else tokens[:-1]
        return Guess(tuple(words), self._text(words), float(np.mean(scores)), capped)

    def _text(self, tokens: Sequence[int]) -> str:
        data = bytearray()
        for piece in (self._pieces[token] for token in tokens):
            if byte := _BYTE.fullmatch(piece):
                data.append(int(byte[1], 16))
            elif not _MARK.fullmatch(piece):
                data += piece.replace(_SPACE, " ").encode()
        text = data.decode(errors="ignore").strip()
        spoken = any(letter.isalnum() for letter in text) and not _UNSPOKEN.search(text)
        return text if spoken else ""


def _likeliest(logits: NDArray[np.float32]) -> tuple[int, float]:
    """The likeliest token and its log probability."""
    token = int(logits.argmax())
    return token, -float(np.log(np.exp(logits - logits[token]).sum()))


def _session(file: Path, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


def _pieces(data: bytes) -> list[str]:
    """Tokens of the vocabulary file: each a length, one byte or two, and its letters."""
    pieces, at = [], 0
    while at < len(data):
        length = data[at]
        at += 1
        if length >= 128:
            length = data[at] * 128 + length - 128
            at += 1
        pieces.append(data[at : at + length].decode(errors="replace"))
        at += length
    return pieces
