"""The flow-matching transformer: noise and the backbone's hidden state -> 36 acoustic codes.

Three tokens without positions (the point, the time, the hidden state), all seeing each other, and
classifier-free guidance (Ho & Salimans, 2022) with both branches in one batch.
"""

from __future__ import annotations

import math
from functools import partial

import torch
from torch import Tensor, nn

from tts.flow import integrate
from tts.layers import Product, RMSNorm, TransformerLayer, through
from tts.voxtral.params import TransformerShape, VoxtralParams

LONGEST_PERIOD = 10_000.0


def transformer_layers(shape: TransformerShape) -> nn.ModuleList:
    """The layers of a transformer of that shape."""
    return nn.ModuleList(
        TransformerLayer(
            shape.width,
            shape.heads,
            key_heads=shape.key_heads,
            head_width=shape.head_width,
            hidden=shape.hidden,
            eps=shape.eps,
        )
        for _ in range(shape.layers)
    )


def embed_times(times: Tensor, width: int) -> Tensor:
    """times [n] from 0 to 1 -> [n, width]: cosines first, then sines."""
    half = width // 2
    exponents = torch.arange(half, device=times.device, dtype=times.dtype) / half
    angles = times[:, None] * torch.exp(-math.log(LONGEST_PERIOD) * exponents)
    return torch.cat((angles.cos(), angles.sin()), -1)


class AcousticTransformer(nn.Module):
    """Predicts the velocity of the 36 acoustic values of a frame, and follows it."""

    def __init__(self, params: VoxtralParams) -> None:
        super().__init__()
        shape = params.acoustic
        self.levels = params.acoustic_size
        self.steps = params.flow_steps
        self.latent_in = Product(params.acoustic_books, shape.width)
        self.time_in = Product(shape.width, shape.width)
        self.hidden_in = Product(params.text.width, shape.width)
        self.layers = transformer_layers(shape)
        self.norm = RMSNorm(shape.width, shape.eps)
        self.latent_out = Product(shape.width, params.acoustic_books)

    def schedule(self) -> Tensor:
        """The time tokens of the steps at 0, 1/n, ..., (n-1)/n: [n, width], the same each frame."""
        weight = self.time_in.weight
        times = torch.arange(self.steps, dtype=torch.float64, device=weight.device) / self.steps
        embedded = embed_times(times, weight.shape[1])
        tokens: Tensor = self.time_in(embedded.to(weight.dtype))
        return tokens

    def velocity(self, x: Tensor, time: Tensor, conditions: Tensor, guidance: float) -> Tensor:
        """Guided velocity at x [rows, 36], given a time token [width].

        `conditions` [2 * rows, width] are the projected hidden states, then as many zeros.
        """
        points = self.latent_in(x.to(conditions.dtype))
        points = torch.cat((points, points))
        tokens = torch.stack((points, time.expand_as(points), conditions), 1)
        tokens, _ = through(self.layers, tokens, None, None)
        guided, free = self.latent_out(self.norm(tokens[:, 0])).to(x.dtype).chunk(2)
        return torch.lerp(free, guided, guidance)

    def values(self, noise: Tensor, hidden: Tensor, schedule: Tensor, guidance: float) -> Tensor:
        """Noise [rows, 36] and hidden states [rows, text width] -> values [rows, 36] near -1..1."""
        projected = self.hidden_in(hidden)
        conditions = torch.cat((projected, torch.zeros_like(projected)))
        velocity = partial(self.velocity, conditions=conditions, guidance=guidance)
        return integrate(noise, velocity, schedule.unbind())

    def quantized(self, values: Tensor) -> Tensor:
        """Values -> the nearest of the 21 levels (FSQ, Mentzer et al., 2023), 0 to 20."""
        return ((values.clamp(-1, 1) + 1) / 2 * (self.levels - 1)).round().long()
