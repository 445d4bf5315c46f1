"""The prompt: a voice, then the text, as token ids and rows of embeddings."""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from tts.voxtral.errors import VoxtralError
from tts.voxtral.params import VoxtralParams

NEXT_TEXT_ID = 36
"""[NEXT_AUDIO_TEXT]: the text to be spoken comes now."""
REPEAT_TEXT_ID = 35
"""[REPEAT_AUDIO_TEXT]: it was given, and is to be spoken."""


class Tokenizer(Protocol):
    """Text -> ids; never looks for special tokens in the text."""

    def encode(self, text: str) -> list[int]:
        """Ids of the text alone."""


def voice_ids(params: VoxtralParams, rows: int) -> list[int]:
    """The part of the prompt that every text of a voice of so many rows shares."""
    audio = [params.audio_id] * rows
    return [params.bos_id, params.begin_audio_id, *audio, NEXT_TEXT_ID]


def text_ids(params: VoxtralParams, ids: Sequence[int]) -> list[int]:
    """The part that is the text's own; the first frame follows its last token."""
    return [*ids, REPEAT_TEXT_ID, params.begin_audio_id]


class Tekken:
    """tekken.json, read by mistral-common.

    Raises:
        VoxtralError: mistral-common is not installed, or the file is missing or unreadable.
    """

    def __init__(self, path: Path) -> None:
        try:
            from mistral_common.tokens.tokenizers.tekken import Tekkenizer
        except ImportError:
            raise VoxtralError(
                "Voxtral's tokenizer needs mistral-common: install it with "
                "`pip install 'parley[voxtral]'`."
            ) from None
        if not path.is_file():
            raise VoxtralError(f"There is no {path}: `parley models add voxtral` brings the model.")
        try:
            self._tekken: Any = Tekkenizer.from_file(path)
        except (ValueError, KeyError, TypeError) as error:
            raise VoxtralError(f"{path} is no tokenizer that is known: {error}.") from error
        audio = self._tekken.audio
        self.voice_rows: Mapping[str, int] = (audio and audio.voice_num_audio_tokens) or {}
        """Rows that each voice is to have; empty in a tokenizer that was not made for speech."""

    def encode(self, text: str) -> list[int]:
        """Ids of the text alone."""
        ids: list[int] = self._tekken.encode(text, bos=False, eos=False)
        return ids


def voice_names(folder: Path) -> list[str]:
    """The voices of a model folder."""
    return sorted(path.stem for path in (folder / "voice_embedding").glob("*.pt"))


def read_voice(folder: Path, name: str, width: int, rows: int | None = None) -> Tensor:
    """A voice's rows [n, width] as they are stored; read as data, never run.

    Raises:
        VoxtralError: there is no such voice, or its file is not `rows` rows of that width.
    """
    path = folder / "voice_embedding" / f"{name}.pt"
    if not path.is_file():
        known = ", ".join(voice_names(folder)) or "none"
        raise VoxtralError(f"There is no voice {name!r} in {path.parent}: name one of {known}.")
    try:
        voice = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, EOFError, ValueError, KeyError, pickle.UnpicklingError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise VoxtralError(f"{path} cannot be read as a voice: {reason}") from error
    wanted = f"[{rows or 'n'}, {width}]"
    if not isinstance(voice, Tensor):
        raise VoxtralError(f"{path} holds a {type(voice).__name__}, expected one tensor {wanted}.")
    if voice.ndim != 2 or voice.shape[1] != width or len(voice) != (rows or len(voice)):
        raise VoxtralError(f"{path} has shape {list(voice.shape)}, expected {wanted}.")
    if not voice.is_floating_point() or not len(voice):
        raise VoxtralError(f"{path} holds {voice.dtype} {list(voice.shape)}, expected {wanted}.")
    return voice
