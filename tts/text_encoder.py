"""Phoneme symbols -> one vector per symbol, seen in the light of the whole clause."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tts.layers import TransformerLayer, rotations


class TextEncoder(nn.Module):
    """A convolution over neighbours, then transformer layers that look both ways."""

    def __init__(self, symbols: int, width: int, heads: int, layers: int) -> None:
        super().__init__()
        self.head_width = width // heads
        self.embedding = nn.Embedding(symbols, width)
        self.neighbours = nn.Conv1d(width, width, 5, padding=2)
        self.layers = nn.ModuleList(TransformerLayer(width, heads) for _ in range(layers))
        self.norm = nn.RMSNorm(width, eps=1e-5)

    def forward(self, symbols: Tensor, speakers: Tensor, mask: Tensor | None = None) -> Tensor:
        """symbols int64 [batch, length], mask bool [batch, length] (True: real) -> [.., width].

        `speakers` [batch, width] is added to every symbol.
        """
        x = self.embedding(symbols) + speakers[:, None]
        x = x + F.gelu(self.neighbours(x.transpose(1, 2))).transpose(1, 2)
        positions = torch.arange(symbols.shape[1], device=x.device, dtype=self.norm.weight.dtype)
        rotation = rotations(positions, self.head_width)
        attention_mask = None if mask is None else mask[:, None, None, :]
        for layer in self.layers:
            x, _ = layer(x, rotation, attention_mask)
        encoded: Tensor = self.norm(x)
        return encoded
