"""A model folder, loaded: networks, tokenizer and voices, on the device they run on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from tts.voxtral.checkpoint import open_checkpoint
from tts.voxtral.codec import CodecDecoder
from tts.voxtral.errors import VoxtralError
from tts.voxtral.loading import load_codec, load_network
from tts.voxtral.memory import free_memory, memory_need, require
from tts.voxtral.network import VoxtralNetwork
from tts.voxtral.params import VoxtralParams, read_params
from tts.voxtral.prompt import Tekken, Tokenizer, read_voice
from tts.voxtral.settings import VoxtralSettings


@dataclass(frozen=True)
class VoxtralModel:
    """Everything that does not change while it speaks."""

    params: VoxtralParams
    network: VoxtralNetwork
    codec: CodecDecoder
    tokenizer: Tokenizer
    voice: Tensor = field(repr=False)
    """Rows [n, width] of the voice."""
    is_english: bool
    """Whether numbers are put into English words for it."""


def device_of(settings: VoxtralSettings) -> torch.device:
    """The device that the settings mean.

    Raises:
        VoxtralError: they ask for a GPU and there is none.
    """
    has_gpu = torch.cuda.is_available()
    if settings.device == "cuda" and not has_gpu:
        raise VoxtralError('There is no GPU that torch can use: set voxtral.device to "cpu".')
    return torch.device("cuda" if has_gpu and settings.device != "cpu" else "cpu")


def load_model(
    folder: Path,
    settings: VoxtralSettings,
    tell: Callable[[str], None],
    tokenizer: Tokenizer | None = None,
) -> VoxtralModel:
    """Load the model in `folder`; `tell` is told how much memory it takes before it is taken.

    `tokenizer` stands in for the folder's own tekken.json.

    Raises:
        VoxtralError: a file is missing or not what it should be, or the memory does not suffice.
    """
    params = read_params(folder / "params.json")
    device = device_of(settings)
    dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
    need = memory_need(params, settings, dtype.itemsize)
    tell(f"Voxtral on {device.type} in {str(dtype).removeprefix('torch.')} needs {need}.")
    require(need, free_memory(device), device)
    tekken = None if tokenizer else Tekken(folder / "tekken.json")
    rows = tekken.voice_rows.get(settings.voice) if tekken else None
    voice = read_voice(folder, settings.voice, params.text.width, rows)
    with open_checkpoint(folder / "consolidated.safetensors", params) as read:
        network = load_network(read, params, device, dtype)
        codec = load_codec(read, params, device)
    return VoxtralModel(
        params,
        network,
        codec,
        tokenizer or tekken or Tekken(folder / "tekken.json"),
        voice.to(device, dtype),
        is_english=settings.voice.split("_")[0] in ("casual", "cheerful", "neutral"),
    )
