"""How much memory the model takes, told before it is loaded."""

from __future__ import annotations

import math
from dataclasses import dataclass

import psutil
import torch

from tts.voxtral.checkpoint import SEMANTIC_HEAD, expected_tensors
from tts.voxtral.errors import VoxtralError
from tts.voxtral.params import VoxtralParams
from tts.voxtral.settings import VoxtralSettings

WORKSPACE = 256e6
"""Bytes allowed for what is in use only while a step runs."""
FLOAT32 = 4


@dataclass(frozen=True)
class MemoryNeed:
    """Bytes by what they are for."""

    parts: tuple[tuple[str, float], ...]

    @property
    def total(self) -> float:
        """All of them."""
        return sum(size for _, size in self.parts)

    def __str__(self) -> str:
        told = ", ".join(f"{name} {gigabytes(size)}" for name, size in self.parts)
        return f"{gigabytes(self.total)} ({told})"


def memory_need(params: VoxtralParams, settings: VoxtralSettings, item: int) -> MemoryNeed:
    """What the model takes with `item` bytes a weight; codec and semantic head are float32."""
    sizes = {name: math.prod(tensor.shape) for name, tensor in expected_tensors(params).items()}
    codec = sum(size for name, size in sizes.items() if name.startswith("audio_tokenizer."))
    head = sizes[SEMANTIC_HEAD]
    weights = item * (sum(sizes.values()) - codec - head) + FLOAT32 * head
    text = params.text
    step = 2 * text.layers * text.key_heads * text.head_width * item
    return MemoryNeed(
        (
            ("weights", weights),
            ("codec", FLOAT32 * codec),
            (
                f"keys and values of {2 * settings.streams} sentences",
                2 * settings.streams * settings.sentence_tokens * step,
            ),
            ("workspace", WORKSPACE),
        )
    )


def free_memory(device: torch.device) -> float:
    """Bytes that can be taken on the device now."""
    if device.type == "cuda":
        return float(torch.cuda.mem_get_info(device)[0])
    return float(psutil.virtual_memory().available)


def require(need: MemoryNeed, free: float, device: torch.device) -> None:
    """Raises `VoxtralError` with both figures when the need is greater than what is free."""
    if need.total > free:
        raise VoxtralError(
            f"Voxtral does not fit: it needs {need} and {gigabytes(free)} are free on "
            f"{device.type}. Free memory, lower voxtral.streams or voxtral.sentence_tokens, or "
            'speak with Parley\'s own voice ([models] speaking = "").'
        )


def gigabytes(size: float) -> str:
    """A size in bytes as people read it: `8.00 GB`."""
    return f"{size / 1e9:.2f} GB"
