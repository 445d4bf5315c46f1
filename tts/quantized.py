"""8-bit weights for matrix products at batch 1, which do nothing but read weights from memory."""

from __future__ import annotations

import warnings

import torch
from torch import Tensor, nn


class QuantizedLinear(nn.Module):
    """A linear layer with int8 weights, one scale per output, and inputs quantized as they come."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        weight = linear.weight.detach().float()
        scales = (weight.abs().amax(1) / 127).clamp(min=1e-8).double()
        zeros = torch.zeros(len(scales), dtype=torch.int64)
        with warnings.catch_warnings():
            # Deprecated before its successor exists; the pinned torch has it, and nothing in it
            # is faster at batch 1 on this hardware.
            warnings.filterwarnings("ignore", message=".*quantized tensor.*", category=UserWarning)
            quantized = torch.quantize_per_channel(weight, scales, zeros, 0, torch.qint8)
        self.packed = torch.ops.quantized.linear_prepack(quantized, linear.bias)

    def forward(self, x: Tensor) -> Tensor:
        """[..., in] -> [..., out], float32."""
        product: Tensor = torch.ops.quantized.linear_dynamic(x, self.packed)
        return product


def quantize(module: nn.Module) -> None:
    """Replace every linear layer inside a float32 module by its 8-bit twin."""
    for name, child in module.named_children():
        if isinstance(child, nn.Linear):
            setattr(module, name, QuantizedLinear(child))
        else:
            quantize(child)
