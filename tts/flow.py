"""The flow-matching head: noise -> one latent frame, in a few Euler steps.

Flow matching after Lipman et al. (2023); a residual MLP with adaptive layer norm per frame, as in
Li et al., "Autoregressive image generation without vector quantization" (2024).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tts.layers import Direct

TIME_FREQUENCIES = 64


def integrate(
    noise: Tensor, velocity: Callable[[Tensor, Tensor], Tensor], steps: Sequence[Tensor]
) -> Tensor:
    """Follow a velocity from noise (time 0) to time 1 in equal Euler steps.

    `velocity` is given the point and, from `steps`, what it depends on in that step.
    """
    x = noise
    for step in steps:
        x = torch.add(x, velocity(x, step), alpha=1 / len(steps))
    return x


class FlowBlock(Direct):
    """A residual MLP whose input is shifted and scaled, and whose output is gated, from outside."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.expand = nn.Linear(width, 2 * width)
        self.project = nn.Linear(2 * width, width)

    def forward(self, x: Tensor, shift: Tensor, scale: Tensor, gate: Tensor) -> Tensor:
        """x [batch, width] and its modulations of the same shape -> [batch, width]."""
        normed = torch.addcmul(shift, F.layer_norm(x, x.shape[-1:]), scale)
        return torch.addcmul(x, gate, self.project(F.silu(self.expand(normed))))


class FlowHead(Direct):
    """Predicts the velocity from noise (time 0) to the latent (time 1), given the backbone."""

    is_scale: Tensor

    def __init__(self, latent: int, condition: int, width: int, layers: int) -> None:
        super().__init__()
        self.width = width
        self.latent_in = nn.Linear(latent, width)
        self.condition_in = nn.Linear(condition, width)
        self.time_in = nn.Sequential(
            nn.Linear(2 * TIME_FREQUENCIES, width), nn.SiLU(), nn.Linear(width, width)
        )
        # Shift, scale and gate of every block, then shift and scale of the output: they depend on
        # condition and time alone, so one product serves all blocks and all steps of a frame.
        self.modulation = nn.Linear(width, (3 * layers + 2) * width)
        is_scale = torch.tensor([0.0, 1.0, 0.0] * layers + [0.0, 1.0])
        self.register_buffer("is_scale", is_scale[:, None], persistent=False)
        self.blocks = nn.ModuleList(FlowBlock(width) for _ in range(layers))
        self.latent_out = nn.Linear(width, latent)
        for start_at_zero in (self.modulation, self.latent_out):
            nn.init.zeros_(start_at_zero.weight)
            nn.init.zeros_(start_at_zero.bias)

    def embed_times(self, times: Tensor) -> Tensor:
        """times [n] in [0, 1] -> [n, width]."""
        exponents = torch.arange(TIME_FREQUENCIES, device=times.device, dtype=times.dtype)
        angles = times[:, None] * 1000 * torch.exp(-math.log(1000) * exponents / TIME_FREQUENCIES)
        embedded: Tensor = self.time_in(torch.cat((angles.cos(), angles.sin()), -1))
        return embedded

    def modulations(self, conditions: Tensor, embedded_times: Tensor) -> Tensor:
        """conditions [..., condition] + times [..., width] -> [..., 3 * layers + 2, width]."""
        mixed = F.silu(self.condition_in(conditions) + embedded_times)
        parts = self.modulation(mixed).unflatten(-1, (-1, self.width))
        # Scales are learned as what they differ from 1 by.
        scales: Tensor = parts + self.is_scale
        return scales

    def velocity(self, x: Tensor, modulations: Tensor) -> Tensor:
        """Velocity at x [batch, latent] under modulations [batch, 3 * layers + 2, width]."""
        parts = modulations.unbind(-2)
        hidden = self.latent_in(x)
        for i, block in enumerate(self.blocks):
            shift, scale, gate = parts[3 * i : 3 * i + 3]
            hidden = block(hidden, shift, scale, gate)
        shift, scale = parts[-2:]
        hidden = torch.addcmul(shift, F.layer_norm(hidden, (self.width,)), scale)
        velocity: Tensor = self.latent_out(hidden)
        return velocity

    def forward(self, x: Tensor, times: Tensor, conditions: Tensor) -> Tensor:
        """Velocity [batch, latent] at points x [batch, latent] and times [batch]: for training."""
        return self.velocity(x, self.modulations(conditions, self.embed_times(times)))

    def sample(self, noise: Tensor, condition: Tensor, schedule: Tensor) -> Tensor:
        """Carry noise [batch, latent] to latents in equal steps, given condition [batch, width].

        `schedule` [steps, width] holds the embedded times 0, 1 / steps, ..., of the steps.
        """
        modulations = self.modulations(condition[:, None], schedule)
        return integrate(noise, self.velocity, modulations.unbind(1))
