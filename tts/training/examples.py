"""Training examples of several speakers, held-out clips, and batches drawn from a seed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from tts.durations import UNIT, Timeline
from tts.network import SLOTS_PER_FRAME, VoiceNetwork

LONGEST = 170
"""Frames of the longest example used: 13.6 s."""
POOL = 200
"""Examples of like length that a batch is drawn from: little padding."""

Rows = Sequence[dict[str, Any]]
"""Examples as `tts.training.latents` writes them."""


@dataclass(frozen=True)
class Example:
    """An utterance: latents [frames, latent], symbols and units, each slot's symbol, who spoke."""

    latents: Tensor
    symbols: Tensor
    units: Tensor
    slots: Tensor
    speaker: int


@dataclass(frozen=True)
class Batch:
    """Examples padded to one length; masks are True where there is something."""

    symbols: Tensor
    symbol_mask: Tensor
    units: Tensor
    latents: Tensor
    frame_mask: Tensor
    slots: Tensor
    speakers: Tensor


@dataclass(frozen=True)
class Corpus:
    """One speaker's examples, shortest first, and those never trained on."""

    training: list[Example]
    held_out: list[Example]


def prepare(rows: Rows, network: VoiceNetwork, speaker: int = 0) -> list[Example]:
    """Examples as a network takes them: latents normalised, the symbol that every slot is told."""
    examples = []
    for row in rows:
        latents = (row["z"] - network.latent_mean) / network.latent_spread
        laid, _, _ = Timeline().lay(row["dur"].double() * UNIT)
        told = laid[network.shape.slots_ahead :]
        count = len(latents) * SLOTS_PER_FRAME
        slots = torch.full((count,), len(row["sym"]) - 1)
        slots[: len(told)] = told[:count]
        examples.append(Example(latents, row["sym"], row["dur"].float(), slots, speaker))
    return examples


def corpora(
    speakers: Mapping[str, Rows], held_out: int, network: VoiceNetwork
) -> dict[str, Corpus]:
    """The speakers' examples, numbered in their order.

    The first of each are held out, and nothing that says the same is trained on.
    """
    found = {}
    for number, (name, rows) in enumerate(speakers.items()):
        aside = rows[:held_out]
        known = {_said(row) for row in aside}
        others = [r for r in rows[held_out:] if len(r["z"]) <= LONGEST and _said(r) not in known]
        training = prepare(others, network, number)
        training.sort(key=lambda example: len(example.latents))
        found[name] = Corpus(training, prepare(aside, network, number))
    return found


def _said(row: dict[str, Any]) -> tuple[int, ...]:
    return tuple(row["sym"].tolist())


def collate(examples: Sequence[Example]) -> Batch:
    """Pad examples with zeros."""
    pad = nn.utils.rnn.pad_sequence
    symbols = pad([e.symbols for e in examples], batch_first=True)
    latents = pad([e.latents for e in examples], batch_first=True)
    lengths = torch.tensor([[len(e.symbols), len(e.latents)] for e in examples])
    return Batch(
        symbols,
        torch.arange(symbols.shape[1]) < lengths[:, :1],
        pad([e.units for e in examples], batch_first=True),
        latents,
        torch.arange(latents.shape[1]) < lengths[:, 1:],
        pad([e.slots for e in examples], batch_first=True),
        torch.tensor([e.speaker for e in examples]),
    )


def draw(corpora: Sequence[Corpus], size: int, random: torch.Generator) -> Batch:
    """A batch of like lengths; of a speaker with four times the examples there are twice as many.

    So small corpora are neither lost nor learned by heart (Arivazhagan et al., 2019).
    """
    weights = [math.sqrt(len(corpus.training)) for corpus in corpora]
    place = float(torch.rand((), generator=random))
    drawn: list[Example] = []
    for corpus, weight in zip(corpora, weights, strict=True):
        share = max(1, round(size * weight / sum(weights)))
        examples = corpus.training
        pool = min(POOL, len(examples))
        start = round(place * (len(examples) - pool))
        chosen = torch.randperm(pool, generator=random)[:share]
        drawn += [examples[start + i] for i in chosen.tolist()]
    return collate(drawn)
