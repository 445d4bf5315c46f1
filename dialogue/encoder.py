"""A small pretrained encoder that knows what English words mean: MiniLM (Wang et al., 2020).

Six layers of BERT (Devlin et al., 2019), 384 wide, uncased, from all-MiniLM-L6-v2. The small
networks of `dialogue` read words through it, each with low-rank changes of its own to the
weights (LoRA; Hu et al., 2021).
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from dialogue.errors import EncoderUnreadable

WIDTH: Final = 384
CHANGES, NETWORK = "encoder.", "network."
"""How the names of tensors begin in the file of a trained network."""
LONGEST_TEXT: Final = 512
"""Pieces of the longest text."""
_HEADS, _LAYERS, _INNER, _PIECES = 12, 6, 1536, 30522
_EPSILON: Final = 1e-12
MASK: Final = 103
SEP: Final = 102
"""Numbers of the pieces that hide another and that end a text."""
_CLS: Final = 101
_EMBEDDINGS: Final = {
    "piece.weight": "word_embeddings.weight",
    "place.weight": "position_embeddings.weight",
    "segment.weight": "token_type_embeddings.weight",
    "norm.weight": "LayerNorm.weight",
    "norm.bias": "LayerNorm.bias",
}
_ATTENTION: Final = ("query", "key", "value")
_IN_LAYER: Final = {
    "mixed": "attention.output.dense",
    "mixed_norm": "attention.output.LayerNorm",
    "inner": "intermediate.dense",
    "outer": "output.dense",
    "outer_norm": "output.LayerNorm",
}


class Pieces(NamedTuple):
    """A text in word pieces: their numbers, the segment of each, and the unit it belongs to.

    Units are the text's words, its end, and the names that stand behind it; -1 is none of them.
    """

    numbers: list[int]
    segments: list[int]
    units: list[int]


class Layer(nn.Module):
    """Attention of every piece to every piece, and a feed-forward network."""

    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.Linear(WIDTH, 3 * WIDTH)
        self.mixed = nn.Linear(WIDTH, WIDTH)
        self.mixed_norm = nn.LayerNorm(WIDTH, _EPSILON)
        self.inner = nn.Linear(WIDTH, _INNER)
        self.outer = nn.Linear(_INNER, WIDTH)
        self.outer_norm = nn.LayerNorm(WIDTH, _EPSILON)

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        """From [b, n, w] to [b, n, w]; `mask` [b, 1, 1, n] is true where there is a piece."""
        batch, count, _ = x.shape
        heads = self.attention(x).view(batch, count, 3, _HEADS, WIDTH // _HEADS)
        query, key, value = heads.permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(query, key, value, mask)
        x = self.mixed_norm(x + self.mixed(mixed.transpose(1, 2).reshape(batch, count, WIDTH)))
        out: Tensor = self.outer_norm(x + self.outer(functional.gelu(self.inner(x))))
        return out


class Encoder(nn.Module):
    """Words as vectors that know their neighbours."""

    def __init__(self) -> None:
        super().__init__()
        self.piece = nn.Embedding(_PIECES, WIDTH)
        self.place = nn.Embedding(LONGEST_TEXT, WIDTH)
        self.segment = nn.Embedding(2, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, _EPSILON)
        self.layers = nn.ModuleList(Layer() for _ in range(_LAYERS))

    def forward(self, texts: Sequence[Pieces]) -> list[Tensor]:
        """For each text the vectors [u, WIDTH] of its units, the means of their pieces'."""
        longest = max(len(text.numbers) for text in texts)
        numbers, segments = torch.zeros(2, len(texts), longest, dtype=torch.long)
        there = torch.zeros(len(texts), longest, dtype=torch.bool)
        for row, text in enumerate(texts):
            numbers[row, : len(text.numbers)] = torch.tensor(text.numbers)
            segments[row, : len(text.numbers)] = torch.tensor(text.segments)
            there[row, : len(text.numbers)] = True
        x = self.piece(numbers) + self.place.weight[:longest] + self.segment(segments)
        x = self.norm(x)
        mask = None if len(texts) == 1 else there[:, None, None]
        for layer in self.layers:
            x = layer(x, mask)
        return [_pooled(row, text.units) for row, text in zip(x, texts, strict=True)]

    def adapted(self, changes: Mapping[str, Tensor]) -> Encoder:
        """This encoder with low-rank `changes`; what does not change is shared.

        `changes` has for a linear layer's name `NAME.low` [r, in] and `NAME.high` [out, r].
        """
        encoder = copy.copy(self)
        encoder._modules = {**self._modules, "layers": copy.deepcopy(self.layers)}
        with torch.no_grad():
            for name, module in encoder.named_modules():
                if isinstance(module, nn.Linear) and f"{name}.low" in changes:
                    module.weight += changes[f"{name}.high"] @ changes[f"{name}.low"]
        return encoder


def _pooled(vectors: Tensor, units: Sequence[int]) -> Tensor:
    count = max(units) + 1
    shares = torch.zeros(count, len(vectors))
    for at, unit in enumerate(units):
        if unit >= 0:
            shares[unit, at] = 1
    return shares / shares.sum(1, keepdim=True) @ vectors


class Pretrained:
    """The encoder as it was trained, and the word pieces that it reads."""

    def __init__(self, folder: Path) -> None:
        """From `model.safetensors` and `tokenizer.json`; raises `EncoderUnreadable`."""
        try:
            self.encoder = _loaded(load_file(folder / "model.safetensors"))
            tokenizer = Tokenizer.from_str((folder / "tokenizer.json").read_text())
        except Exception as error:  # The tokenizer raises nothing narrower.
            raise EncoderUnreadable(
                f"{folder} does not hold a MiniLM encoder (model.safetensors and tokenizer.json "
                "of all-MiniLM-L6-v2); set [models] understanding to one that does."
            ) from error
        tokenizer.no_padding()
        tokenizer.no_truncation()

        @lru_cache(maxsize=8192)
        def numbers(text: str) -> tuple[int, ...]:
            return tuple(tokenizer.encode(text, add_special_tokens=False).ids)

        self._numbers = numbers

    def trained(self, weights: Path, network: nn.Module) -> Encoder:
        """The encoder as a trained network changed it, whose own weights `network` takes.

        Raises FileNotFoundError where the weights are missing.
        """
        changes, state = learned(weights)
        network.load_state_dict(state)
        return self.encoder.adapted(changes)

    def pieces(self, words: Sequence[str], names: Sequence[str] = ()) -> Pieces:
        """A text's words, its end, and behind it `names`, each a unit."""
        text = [(_CLS,), *map(self._numbers, words), (SEP,)]
        numbers = [number for pieces in text for number in pieces]
        units = [at - 1 for at, pieces in enumerate(text) for _ in pieces]
        segments = [0] * len(numbers)
        for at, name in enumerate(names):
            pieces = self._numbers(name)
            numbers += [*pieces, SEP]
            units += [len(words) + 1 + at] * len(pieces) + [-1]
            segments += [1] * (len(pieces) + 1)
        return Pieces(numbers, segments, units)


def learned(weights: Path) -> tuple[Mapping[str, Tensor], Mapping[str, Tensor]]:
    """A trained network's file: its changes to the encoder, as `Encoder.adapted` takes them, and
    its own weights.

    Raises FileNotFoundError where it is missing.
    """
    tensors = {name: tensor.float() for name, tensor in load_file(weights).items()}
    changes, state = (
        {n.removeprefix(part): t for n, t in tensors.items() if n.startswith(part)}
        for part in (CHANGES, NETWORK)
    )
    return changes, state


def _loaded(tensors: Mapping[str, Tensor]) -> Encoder:
    state = {name: tensors[f"embeddings.{there}"] for name, there in _EMBEDDINGS.items()}
    for number in range(_LAYERS):
        ours, theirs = f"layers.{number}", f"encoder.layer.{number}"
        for kind in ("weight", "bias"):
            state[f"{ours}.attention.{kind}"] = torch.cat(
                [tensors[f"{theirs}.attention.self.{part}.{kind}"] for part in _ATTENTION]
            )
            for name, there in _IN_LAYER.items():
                state[f"{ours}.{name}.{kind}"] = tensors[f"{theirs}.{there}.{kind}"]
    encoder = Encoder()
    encoder.load_state_dict(state)
    return encoder.eval().requires_grad_(requires_grad=False)
