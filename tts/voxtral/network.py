"""The decoder that speaks in codes: Mistral-style backbone, semantic head, acoustic transformer."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tts.layers import KeyValues, RMSNorm, causal_mask, rotations, through
from tts.voxtral.acoustic import AcousticTransformer, transformer_layers
from tts.voxtral.checkpoint import PADDING
from tts.voxtral.params import EMPTY, END, SPECIAL_CODES, VoxtralParams

BackboneState = tuple[KeyValues, ...]
"""One memory per layer; the empty tuple at the start."""


class VoxtralNetwork(nn.Module):
    """From a prompt's embeddings to frames of 37 codes, and each frame back into the backbone."""

    def __init__(self, params: VoxtralParams, code_rows: int = 0, head_rows: int = 0) -> None:
        super().__init__()
        self.params = params
        text = params.text
        code_rows = code_rows or padded(params.embedded_codes)
        head_rows = head_rows or padded(params.semantic_codes)
        self.words = nn.Parameter(torch.empty(params.vocabulary, text.width))
        self.codes = nn.Parameter(torch.empty(code_rows, text.width))
        self.layers = transformer_layers(text)
        self.norm = RMSNorm(text.width, text.eps)
        self.semantic_out = nn.Linear(text.width, head_rows, bias=False)
        self.acoustic = AcousticTransformer(params)
        self.offsets: Tensor
        self.forbidden: Tensor
        self.schedule: Tensor

    @torch.no_grad()
    def settle(self) -> VoxtralNetwork:
        """Work out what depends on the weights alone, once they are there; ready to run."""
        head = self.semantic_out.weight
        self.offsets = torch.tensor(self.params.code_offsets, device=head.device)
        self.forbidden = torch.zeros(len(head), device=head.device, dtype=head.dtype)
        self.forbidden[EMPTY] = -math.inf
        self.forbidden[self.params.semantic_codes :] = -math.inf
        self.schedule = self.acoustic.schedule()
        return self.eval().requires_grad_(False)

    def embed_words(self, ids: Tensor) -> Tensor:
        """Token ids [time] -> [1, time, width]."""
        return F.embedding(ids, self.words)[None]

    def embed_frames(self, codes: Tensor) -> Tensor:
        """Frames of codes [rows, 37] -> what the backbone hears of each: [rows, 1, width]."""
        return F.embedding(codes + self.offsets, self.codes).sum(1, keepdim=True)

    def rotations(self, positions: int) -> Tensor:
        """Rotary factors of the positions from 0 on: complex [positions, head width / 2]."""
        # Angles reach thousands of radians: worked out in float64, kept in what is rotated.
        table = rotations(
            torch.arange(positions, device=self.words.device, dtype=torch.float64),
            self.params.text.head_width,
            self.params.rotary_base,
        )
        return table if self.words.dtype == torch.float64 else table.to(torch.complex64)

    def read(
        self, x: Tensor, rotations: Tensor, state: BackboneState = ()
    ) -> tuple[Tensor, BackboneState]:
        """A prompt, or the next part of it, x [1, time, width] -> hidden states and memory."""
        past = state[0].length if state else 0
        time = x.shape[1]
        mask = causal_mask(past, time, x.device)
        x, state = through(self.layers, x, rotations[past : past + time], mask, state)
        return self.norm(x), state

    def advance(
        self, codes: Tensor, rotation: Tensor, mask: Tensor, state: BackboneState
    ) -> Tensor:
        """Frames [rows, 37] heard, each at its own position -> hidden states [rows, width].

        `state` remembers in place; for `rotation` and `mask` see `TransformerLayer`.
        """
        x, _ = through(self.layers, self.embed_frames(codes), rotation, mask, state)
        hidden: Tensor = self.norm(x)[:, 0]
        return hidden

    def semantic_logits(self, hidden: Tensor) -> Tensor:
        """Hidden states [rows, width] -> logits of the semantic code, float32, without a mask."""
        logits: Tensor = self.semantic_out(hidden.to(self.semantic_out.weight.dtype))
        return logits

    def frame(self, hidden: Tensor, noise: Tensor, may_end: Tensor, guidance: float) -> Tensor:
        """The frames that follow hidden states [rows, width]: codes [rows, 37].

        `noise` is [rows, 36]; rows whose `may_end` [rows] is False go on whatever the head says.
        """
        logits = self.semantic_logits(hidden) + self.forbidden
        logits[:, END].masked_fill_(~may_end, -math.inf)
        semantic = logits.argmax(-1, keepdim=True)
        values = self.acoustic.values(noise, hidden, self.schedule, guidance)
        levels = self.acoustic.quantized(values).masked_fill(semantic == END, 0)
        return torch.cat((semantic, levels + SPECIAL_CODES), 1)


def padded(rows: int) -> int:
    """Rows of a table that uses so many of them."""
    return -(-rows // PADDING) * PADDING
