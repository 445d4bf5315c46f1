"""The auto-regressive backbone: text in time and the last latent -> what the flow head needs."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from tts.layers import (
    Direct,
    KeyValues,
    RMSNorm,
    SeparateKeyValues,
    TransformerLayer,
    causal_mask,
    rotations,
    through,
)

BackboneState = tuple[KeyValues, ...]
"""One memory per layer; the empty tuple at the start of a stream."""


class Backbone(Direct):
    """A causal transformer with one step per 80 ms frame."""

    def __init__(self, latent: int, condition: int, width: int, heads: int, layers: int) -> None:
        super().__init__()
        self.heads, self.head_width = heads, width // heads
        self.first_latent = nn.Parameter(torch.zeros(latent))
        self.latent_in = nn.Linear(latent, width)
        self.condition_in = nn.Linear(condition, width)
        self.layers = nn.ModuleList(TransformerLayer(width, heads) for _ in range(layers))
        self.norm = RMSNorm(width, 1e-5)

    def start(self) -> BackboneState:
        """The state of a stream that has not begun, as good as the empty tuple."""
        nothing = self.first_latent.new_zeros(1, self.heads, 0, self.head_width)
        return tuple(KeyValues(nothing, nothing) for _ in self.layers)

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

    def together(
        self, latents: Tensor, conditions: Tensor, states: Sequence[BackboneState]
    ) -> tuple[Tensor, list[BackboneState]]:
        """One step of streams of different ages: each as `forward` would take it alone.

        Latents [streams, 1, latent] and conditions [streams, 1, width] -> [streams, 1, width].
        """
        if len(states) == 1:
            hidden, state = self.forward(latents, conditions, states[0])
            return hidden, [state]
        ages = torch.tensor([state[0].length for state in states], dtype=self.norm.weight.dtype)
        rotation = rotations(ages, self.head_width)[:, None, None]
        before = tuple(SeparateKeyValues(layer) for layer in zip(*states, strict=True))
        x = self.latent_in(latents) + conditions
        x, after = through(self.layers, x, rotation, None, before)
        return self.norm(x), list(zip(*(memory.rows for memory in after), strict=True))
