"""What every streaming layer must keep: in pieces or whole, the same output."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest
import torch
from torch import Tensor

State = TypeVar("State")

PIECES = pytest.mark.parametrize("piece", [1, 2, 3, 5])
PRECISIONS = pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float32, 1e-4), (torch.float64, 1e-9)]
)


def in_pieces(
    step: Callable[..., tuple[Tensor, State]], inputs: tuple[Tensor, ...], state: State, piece: int
) -> Tensor:
    """Feed inputs [batch, time, ...] piece by piece; the outputs joined."""
    outputs = []
    for parts in zip(*(whole.split(piece, 1) for whole in inputs), strict=True):
        output, state = step(*parts, state)
        outputs.append(output)
    return torch.cat(outputs, 1)


def assert_same(streamed: Tensor, whole: Tensor, tolerance: float) -> None:
    """Equal within the tolerance, relative to the peak."""
    assert streamed.shape == whole.shape
    assert (streamed - whole).abs().max() <= tolerance * whole.abs().max()
