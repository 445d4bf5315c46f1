"""Weights in safetensors files: half precision on disk, shape and licence in the metadata.

Matrices may be packed: 8 bits a weight, and the step of each row beside them (NAME.step).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

LICENCE = "Apache-2.0"
STEP = ".step"

Network = TypeVar("Network", bound=nn.Module)


class WeightsError(Exception):
    """A weights file is missing or not what it should be; the message says which and what to do."""


def write_weights(path: Path, tensors: dict[str, Tensor], shape: Any, about: str) -> None:
    """Write tensors in float16 with the shape (a dataclass) they belong to."""
    path.parent.mkdir(parents=True, exist_ok=True)
    metadata = {"shape": json.dumps(asdict(shape)), "licence": LICENCE, "about": about}
    half = {name: on_disk(tensor.detach()) for name, tensor in tensors.items()}
    save_file(half, path, metadata)


def on_disk(tensor: Tensor) -> Tensor:
    """Packed weights as they are, everything else in float16."""
    kept = tensor if tensor.dtype == torch.int8 else tensor.half()
    return kept.contiguous()


def packed(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Matrices as 8-bit weights with a step for each row; the other tensors as they are."""
    result = {}
    for name, tensor in tensors.items():
        if tensor.ndim == 2:
            # The step is rounded first, as it will be read.
            step = (tensor.abs().amax(1) / 127).clamp(min=1e-6).half()
            result[name + STEP] = step
            tensor = (tensor / step.float()[:, None]).round().clamp(-127, 127).to(torch.int8)
        result[name] = tensor
    return result


def unpacked(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Tensors in float32 again."""
    steps = {n.removesuffix(STEP): t.float() for n, t in tensors.items() if n.endswith(STEP)}
    return {
        name: tensor.float() * steps[name][:, None] if name in steps else tensor.float()
        for name, tensor in tensors.items()
        if not name.endswith(STEP)
    }


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
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        network = network_type(shape)
        network.load_state_dict(unpacked(tensors))
    except (SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise WeightsError(f"{path} does not hold weights of this voice: {error}") from error
    return network.eval().requires_grad_(False)
