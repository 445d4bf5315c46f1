"""A small network with a vocabulary of its own: words as numbers for it, and its file."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn

Network = TypeVar("Network", bound=nn.Module)


def hashed(piece: str, size: int) -> int:
    """A number below `size` for a piece of a word, seen in training or not."""
    return zlib.crc32(piece.encode()) % size


def load(weights: Path, build: Callable[[int], Network]) -> tuple[Network, dict[str, int]]:
    """A trained network, built for the size of its vocabulary, and the vocabulary.

    Raises FileNotFoundError where the weights are missing.
    """
    with safe_open(weights, "pt") as tensors:
        words = json.loads(tensors.metadata()["vocabulary"])
        state = {name: tensors.get_tensor(name).float() for name in tensors.keys()}  # noqa: SIM118
    network = build(len(words)).eval()
    network.load_state_dict(state)
    return network, {word: number for number, word in enumerate(words)}


def save(network: nn.Module, vocabulary: Mapping[str, int], weights: Path) -> None:
    """Write the weights as float16, the vocabulary beside them."""
    state = {name: tensor.half().contiguous() for name, tensor in network.state_dict().items()}
    save_file(state, weights, {"vocabulary": json.dumps(list(vocabulary))})
