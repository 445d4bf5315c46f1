"""Weights in safetensors files: half precision on disk, shape and licence in the metadata."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

LICENCE = "Apache-2.0"

Network = TypeVar("Network", bound=nn.Module)


class WeightsError(Exception):
    """A weights file is missing or not what it should be; the message says which and what to do."""


def write_weights(path: Path, tensors: dict[str, Tensor], shape: Any, about: str) -> None:
    """Write tensors in float16 with the shape (a dataclass) they belong to."""
    path.parent.mkdir(parents=True, exist_ok=True)
    metadata = {"shape": json.dumps(asdict(shape)), "licence": LICENCE, "about": about}
    half = {name: tensor.detach().half().contiguous() for name, tensor in tensors.items()}
    save_file(half, path, metadata)


def read_network(
    path: Path, shape_type: Callable[..., Any], network_type: Callable[[Any], Network]
) -> Network:
    """Build the network a weights file describes and fill it, in float32, ready to run.

    Raises:
        WeightsError: the file is missing, cut short, or of another network.
    """
    if not path.is_file():
        raise WeightsError(f"No voice weights at {path}: check out the repository's tts/weights.")
    try:
        with safe_open(path, "pt") as file:
            shape = shape_type(**json.loads((file.metadata() or {})["shape"]))
            tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118
        network = network_type(shape)
        network.load_state_dict(tensors)
    except (SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise WeightsError(f"{path} does not hold weights of this voice: {error}") from error
    return network.eval().requires_grad_(False)
