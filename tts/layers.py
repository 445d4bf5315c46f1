"""Layers that the networks of the voice share, each with its streaming state as an explicit value.

A layer is a function (input, state) -> (output, state): feeding a sequence in pieces gives the
same output as feeding it whole.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

ROTARY_BASE = 10_000.0


def rotations(positions: Tensor, head_width: int) -> Tensor:
    """Rotary position factors (Su et al., RoFormer, 2021): complex [time, head_width / 2].

    `positions` is a real tensor [time]; neighbouring channels form the rotated pairs.
    """
    channels = torch.arange(0, head_width, 2, device=positions.device, dtype=positions.dtype)
    angles = positions[:, None] * ROTARY_BASE ** (-channels / head_width)
    return torch.polar(torch.ones_like(angles), angles)


def causal_mask(past: int, new: int) -> Tensor | None:
    """Boolean mask [new, past + new]: each new step sees the past and itself. None: sees all."""
    if new == 1:
        return None
    return torch.ones(new, past + new, dtype=torch.bool).tril(past)


@dataclass(frozen=True)
class KeyValues:
    """What an attention layer remembers: rotated keys and values [batch, heads, time, channels]."""

    keys: Tensor
    values: Tensor

    @property
    def length(self) -> int:
        """Steps remembered."""
        return self.keys.shape[2]


class TransformerLayer(nn.Module):
    """Pre-norm attention with rotary positions, then a SwiGLU (Shazeer, 2020), both residual."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.attention_norm = nn.RMSNorm(width, eps=1e-5)
        self.query_key_value = nn.Linear(width, 3 * width, bias=False)
        self.attention_out = nn.Linear(width, width, bias=False)
        self.gate_norm = nn.RMSNorm(width, eps=1e-5)
        self.gate = nn.Linear(width, 4 * width, bias=False)
        self.gate_out = nn.Linear(2 * width, width, bias=False)

    def forward(
        self,
        x: Tensor,
        rotation: Tensor,
        mask: Tensor | None = None,
        past: KeyValues | None = None,
    ) -> tuple[Tensor, KeyValues]:
        """x [batch, time, width], rotation of these steps -> the same shape, and the new memory."""
        batch, time, width = x.shape
        qkv = self.query_key_value(self.attention_norm(x))
        qkv = qkv.view(batch, time, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        values = qkv[2]
        # Half precision has no complex numbers: rotate in float32, go back to what came.
        pairs = qkv[:2].to(rotation.real.dtype).unflatten(-1, (-1, 2)).contiguous()
        rotated = torch.view_as_real(torch.view_as_complex(pairs) * rotation).flatten(-2)
        queries, keys = rotated.to(values.dtype).unbind(0)
        if past is not None:
            keys = torch.cat((past.keys, keys), 2)
            values = torch.cat((past.values, values), 2)
        attended = F.scaled_dot_product_attention(queries, keys, values, attn_mask=mask)
        x = x + self.attention_out(attended.transpose(1, 2).reshape(batch, time, width))
        gate, up = self.gate(self.gate_norm(x)).chunk(2, -1)
        return x + self.gate_out(F.silu(gate) * up), KeyValues(keys, values)


class ConvNeXt(nn.Module):
    """Causal ConvNeXt block (Liu et al., 2022; Siuzdak, Vocos, 2023); its state is the past input.

    `state` is [batch, kernel - 1, width]: zeros at the start of a stream.
    """

    def __init__(self, width: int, hidden: int, kernel: int) -> None:
        super().__init__()
        self.kernel = kernel
        self.depthwise = nn.Conv1d(width, width, kernel, groups=width)
        self.norm = nn.LayerNorm(width)
        self.expand = nn.Linear(width, hidden)
        self.project = nn.Linear(hidden, width)
        self.scale = nn.Parameter(torch.full((width,), 0.1))

    def start(self, batch: int) -> Tensor:
        """State at the start of a stream."""
        return self.scale.new_zeros(batch, self.kernel - 1, self.scale.shape[0])

    def mix(self, x: Tensor) -> Tensor:
        """The pointwise part, on x [batch, time, width]."""
        hidden = F.gelu(self.expand(self.norm(x)), approximate="tanh")
        mixed: Tensor = self.scale * self.project(hidden)
        return mixed

    def forward(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """x [batch, time, width] -> the same shape, and the new state."""
        seen = torch.cat((state, x), 1)
        # A few frames at a time, one product and sum is five times faster than Conv1d.
        neighbours = seen.unfold(1, self.kernel, 1) * self.depthwise.weight[:, 0]
        filtered = neighbours.sum(-1) + self.depthwise.get_parameter("bias")
        return x + self.mix(filtered), seen[:, 1 - self.kernel :]
