"""The auto-regressive backbone: text in time and the last latent -> what the flow head needs."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from tts.layers import KeyValues, RMSNorm, TransformerLayer, causal_mask, rotations, through

BackboneState = tuple[KeyValues, ...]
"""One memory per layer; the empty tuple at the start of a stream."""


class Backbone(nn.Module):
    """A causal transformer with one step per 80 ms frame."""

    def __init__(self, latent: int, condition: int, width: int, heads: int, layers: int) -> None:
        super().__init__()
        self.head_width = width // heads
        self.first_latent = nn.Parameter(torch.zeros(latent))
        self.latent_in = nn.Linear(latent, width)
        self.condition_in = nn.Linear(condition, width)
        self.layers = nn.ModuleList(TransformerLayer(width, heads) for _ in range(layers))
        self.norm = RMSNorm(width, 1e-5)

    def forward(
        self, latents: Tensor, conditions: Tensor, state: BackboneState = ()
    ) -> tuple[Tensor, BackboneState]:
        """Latents before each frame [batch, time, latent], `condition_in` of its text -> hidden.

        `conditions` [batch, time, width] is already projected, a whole clause at once.
        Returns [batch, time, width] and the new state.
        """
        time = latents.shape[1]
        past = state[0].length if state else 0
        positions = torch.arange(
            past, past + time, device=latents.device, dtype=self.norm.weight.dtype
        )
        rotation = rotations(positions, self.head_width)
        mask = causal_mask(past, time)
        x = self.latent_in(latents) + conditions
        x, state = through(self.layers, x, rotation, mask, state)
        return self.norm(x), state
