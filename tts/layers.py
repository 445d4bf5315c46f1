"""Layers that the networks of the voice share, each with its streaming state as an explicit value.

A layer is a function (input, state) -> (output, state): feeding a sequence in pieces gives the
same output as feeding it whole.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

ROTARY_BASE = 10_000.0


def rotations(positions: Tensor, head_width: int, base: float = ROTARY_BASE) -> Tensor:
    """Rotary position factors (Su et al., RoFormer, 2021): complex [time, head_width / 2].

    `positions` is a real tensor [time]; neighbouring channels form the rotated pairs.
    """
    channels = torch.arange(0, head_width, 2, device=positions.device, dtype=positions.dtype)
    angles = positions[:, None] * base ** (-channels / head_width)
    return torch.polar(torch.ones_like(angles), angles)


def causal_mask(past: int, new: int, device: torch.device | None = None) -> Tensor | None:
    """Boolean mask [new, past + new]: each new step sees the past and itself. None: sees all."""
    if new == 1:
        return None
    return torch.ones(new, past + new, dtype=torch.bool, device=device).tril(past)


@dataclass(frozen=True)
class KeyValues:
    """What an attention layer remembers: rotated keys and values [batch, heads, time, channels]."""

    keys: Tensor
    values: Tensor

    @property
    def length(self) -> int:
        """Steps remembered."""
        return self.keys.shape[2]

    def extended(self, keys: Tensor, values: Tensor) -> KeyValues:
        """The memory with new steps after those it has."""
        return KeyValues(torch.cat((self.keys, keys), 2), torch.cat((self.values, values), 2))

    def last(self, steps: int) -> KeyValues:
        """The memory of the last steps only."""
        return KeyValues(self.keys[:, :, -steps:], self.values[:, :, -steps:])

    def attend(self, queries: Tensor, mask: Tensor | None = None) -> Tensor:
        """What queries [batch, heads, time, channels] find in it, of the same shape.

        Heads that share keys are taken as so many more queries of one head, which reads each key
        once where torch's own `enable_gqa` reads it again for each of them.
        """
        batch, heads, time, channels = queries.shape
        key_heads = self.keys.shape[1]
        shared = heads // key_heads
        if mask is not None and shared > 1 and time > 1:
            mask = torch.cat((mask,) * shared, -2)
        grouped = queries.reshape(batch, key_heads, shared * time, channels)
        found = F.scaled_dot_product_attention(grouped, self.keys, self.values, attn_mask=mask)
        return found.reshape(batch, heads, time, channels)


@dataclass(frozen=True)
class SeparateKeyValues:
    """The memories of a batch whose rows began at different times: one of batch 1 for each row."""

    rows: tuple[KeyValues, ...]

    def extended(self, keys: Tensor, values: Tensor) -> SeparateKeyValues:
        """The memories with new steps [rows, heads, time, channels] after those they have."""
        count = len(self.rows)
        new = zip(self.rows, keys.chunk(count), values.chunk(count), strict=True)
        return SeparateKeyValues(tuple(row.extended(k, v) for row, k, v in new))

    def attend(self, queries: Tensor, mask: Tensor | None = None) -> Tensor:
        """What each row of queries finds in its own memory."""
        each = zip(self.rows, queries.chunk(len(self.rows)), strict=True)
        return torch.cat([row.attend(query, mask) for row, query in each])


Memory = TypeVar("Memory", KeyValues, SeparateKeyValues)


@cache
def constant(value: float, dtype: torch.dtype) -> Tensor:
    """A number as a tensor of that precision, which an operation need not convert each time."""
    with torch.inference_mode(False):
        return torch.tensor(value, dtype=dtype, device="cpu")


class Direct(nn.Module):
    """A module without hooks: its call is its `forward`, its parts are plain attributes.

    What `nn.Module` does around a call and behind a dot takes longer than a small product.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if isinstance(value, nn.Module):
            self.__dict__[name] = value

    def __call__(self, *inputs: Any) -> Any:
        """As `forward`."""
        return self.forward(*inputs)


class Product(Direct, nn.Linear):
    """A product with a matrix: a linear layer without a bias."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """x [..., inputs] -> [..., outputs]."""
        return F.linear(x, self.weight)


class RMSNorm(Direct, nn.RMSNorm):
    """Root-mean-square norm (Zhang & Sennrich, 2019) of the last dimension.

    On a CPU torch's own takes ten small operations, a third of a small network's time; this four.
    """

    def __init__(self, width: int, eps: float) -> None:
        super().__init__(width, eps=eps)
        self.root = math.sqrt(width)
        self.least = math.sqrt(width * eps)

    def forward(self, x: Tensor) -> Tensor:
        """x [..., width] -> the same shape."""
        if x.is_cuda:
            return super().forward(x)
        length = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
        length = torch.hypot(length, constant(self.least, x.dtype))
        return torch.addcdiv(constant(0, x.dtype), x * self.weight, length, value=self.root)


class TransformerLayer(Direct):
    """Pre-norm attention with rotary positions, then a SwiGLU (Shazeer, 2020), both residual.

    With fewer `key_heads` than heads, neighbouring heads share their keys and values (Ainslie et
    al., GQA, 2023). `hidden` is the width inside the SwiGLU.
    """

    def __init__(
        self,
        width: int,
        heads: int,
        *,
        key_heads: int | None = None,
        head_width: int | None = None,
        hidden: int | None = None,
        eps: float = 1e-5,
    ) -> None:
        super().__init__()
        key_heads = key_heads or heads
        hidden = hidden or 2 * width
        self.heads, self.key_heads = heads, key_heads
        self.head_width = head_width or width // heads
        inner = heads * self.head_width
        self.attention_norm = RMSNorm(width, eps)
        self.query_key_value = Product(width, inner + 2 * key_heads * self.head_width)
        self.attention_out = Product(inner, width)
        self.gate_norm = RMSNorm(width, eps)
        self.gate = Product(width, 2 * hidden)
        self.gate_out = Product(hidden, width)

    def placed(self, queries_keys: Tensor, rotation: Tensor | None) -> Tensor:
        """Queries and keys [batch, heads + key_heads, time, channels], told where they are."""
        if rotation is None:
            return queries_keys
        # Half precision has no complex numbers: rotate in float32, go back to what came.
        pairs = queries_keys.to(rotation.dtype.to_real()).view(*queries_keys.shape[:-1], -1, 2)
        rotated = torch.view_as_real(torch.view_as_complex(pairs) * rotation)
        return rotated.flatten(-2).to(queries_keys.dtype)

    def forward(
        self,
        x: Tensor,
        rotation: Tensor | None = None,
        mask: Tensor | None = None,
        past: KeyValues | SeparateKeyValues | None = None,
    ) -> tuple[Tensor, KeyValues | SeparateKeyValues]:
        """x [batch, time, width], rotation of these steps -> the same shape, and the new memory.

        `rotation` is [time, channels / 2], or [batch, 1, time, channels / 2] where every row has
        positions of its own; None leaves the steps without an order. `mask` [..., time, remembered
        + time] is boolean, or is added to the attention's logits.
        """
        batch, time, width = x.shape
        heads, key_heads = self.heads, self.key_heads
        # Steps as rows: a product of two matrices needs no folding.
        rows = x.reshape(-1, width)
        projected = self.query_key_value(self.attention_norm(rows))
        projected = projected.view(batch, time, -1, self.head_width).transpose(1, 2)
        queries_keys, values = projected.split_with_sizes((heads + key_heads, key_heads), 1)
        queries, keys = self.placed(queries_keys, rotation).split_with_sizes((heads, key_heads), 1)
        memory = KeyValues(keys, values) if past is None else past.extended(keys, values)
        attended = memory.attend(queries, mask)
        attended = attended.transpose(1, 2).reshape(batch * time, -1)
        rows = rows + self.attention_out(attended)
        gate, up = self.gate(self.gate_norm(rows)).chunk(2, -1)
        rows = rows + self.gate_out(F.silu(gate) * up)
        return rows.view(batch, time, width), memory


def through(
    layers: nn.ModuleList,
    x: Tensor,
    rotation: Tensor | None,
    mask: Tensor | None,
    state: tuple[Memory, ...] = (),
) -> tuple[Tensor, tuple[Memory, ...]]:
    """x [batch, time, width] through transformer layers, with one memory each or none at first."""
    memories: list[Memory] = []
    for layer, memory in zip(layers, state or (None,) * len(layers), strict=True):
        x, memory = layer(x, rotation, mask, memory)
        memories.append(memory)
    return x, tuple(memories)


class ConvNeXt(Direct):
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
