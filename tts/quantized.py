"""8-bit weights for matrix products at batch 1, which do nothing but read weights from memory."""

from __future__ import annotations

import warnings

import torch
from torch import Tensor, nn

from tts.layers import Direct

_CAN = torch.cpu.get_capabilities()
# Processors without these instructions add products in pairs, in 16 bits: inputs of seven bits are
# the most that fits. With eight the sums are cut off, and a tenth of the result is wrong.
_STEPS = 127 if _CAN.get("avx512_vnni") or _CAN.get("avx_vnni") else 63
# What `_op` is called through looks at every argument, in Python, for what only tracing needs: that
# took 7 % of the whole time of speaking.
_PRODUCT = torch.ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32.default._op


class QuantizedLinear(Direct):
    """A linear layer with int8 weights, one scale per output, and inputs quantized as they come.

    Every row of the input has a scale of its own, so that it does not matter what is beside it.
    """

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
        self.packed = torch.ops.quantized.linear_prepack(quantized, None)
        self.bias = linear.bias.detach() if linear.bias is not None else torch.zeros(())

    def forward(self, x: Tensor) -> Tensor:
        """[..., in] -> [..., out], float32."""
        # Rows between -1 and 1, as whole steps to both sides. One of zeros is divided by zero here,
        # but what comes of it is finite, and multiplied by zero in the end.
        largest = x.abs().amax(-1, True)
        product = _PRODUCT(x / largest, 1 / _STEPS, _STEPS + 1, self.packed)
        return torch.addcmul(self.bias, product, largest)


def quantize(module: nn.Module) -> None:
    """Replace every linear layer inside a float32 module by its 8-bit twin."""
    for name, child in module.named_children():
        if isinstance(child, nn.Linear):
            setattr(module, name, QuantizedLinear(child))
        else:
            quantize(child)
