"""The learned editor: which words of a request are left out next.

Rules propose a block of words to leave out, reparandum and interregnum together; a small network,
trained on written requests (`dialogue.training.editor`), weighs it against every other block and
against leaving all as it is. A bidirectional LSTM reads the words; blocks are scored by their two
ends, in a biaffine form (Dozat and Manning, 2017), and by what the words there have in common.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import torch
from torch import Tensor, nn

from dialogue.disfluency.cues import cues
from dialogue.disfluency.tagger import PAIR_FEATURES, SHAPES, pair_features, shape_of
from dialogue.disfluency.values import Kind, values
from dialogue.disfluency.words import Word
from dialogue.learned import hashed, known, load

WEIGHTS: Final = Path(__file__).with_name("editor.safetensors")
LONGEST: Final = 30
"""Words of the longest block."""
_KINDS: Final = tuple(Kind)
_MARKS: Final = len(_KINDS) + 2
_SUFFIXES: Final = 1024
_BLOCK_FEATURES: Final = 9
_FEATURES: Final = PAIR_FEATURES + _BLOCK_FEATURES
_WORD_SIZE, _SUFFIX_SIZE, _SHAPE_SIZE, _MARK_SIZE = 48, 16, 8, 16
_HIDDEN, _END_SIZE, _LENGTH_SIZE, _MIX = 96, 64, 8, 64
_DROPPED: Final = 0.4
_NOTHING: Final = -1e9

Block = tuple[int, int]
"""Places of words, the end exclusive."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The likeliest block to leave out, None for leaving all as it is, and how likely it is."""

    block: Block | None
    likelihood: float


class Encoded(NamedTuple):
    """Words, suffixes and shapes as numbers [n + 1], their marks [n + 1, m], and the features of
    the blocks [n + 1, LONGEST, f] that begin at each word; the end of the text is one word more."""

    words: Tensor
    suffixes: Tensor
    shapes: Tensor
    marks: Tensor
    blocks: Tensor


def encode(words: Sequence[Word], proposed: Block | None, vocabulary: Mapping[str, int]) -> Encoded:
    """Numbers for `words` and for the block that the rules would leave out."""
    cores = [word.core for word in words] + ["</s>"]
    count = len(cores)
    marks = torch.zeros(count, _MARKS)
    for value in values(words):
        marks[value.start : value.end, _KINDS.index(value.kind)] = 1
        marks[value.start, -2] = 1
    found = cues(words)
    for cue in found:
        marks[cue.start : cue.end, -1] = 1
    begins = torch.tensor([True, *(word.stops for word in words)])
    pauses = torch.tensor([True, *(word.breaks for word in words)])
    grid = torch.zeros(count, count, _BLOCK_FEATURES)
    grid[:, [cue.end for cue in found], 0] = 1
    grid[[cue.start for cue in found], :, 1] = 1
    if proposed is not None:
        grid[proposed[0], proposed[1], 2] = 1
        grid[..., 8] = 1
    kinds = marks[:, : len(_KINDS)]
    grid[..., 3] = kinds @ kinds.T
    for column, edge in ((4, begins), (6, pauses)):
        grid[..., column] = edge[:, None].float()
        grid[..., column + 1] = edge[None].float()
    whole = torch.cat((pair_features(cores, words), grid), -1)
    start = torch.arange(count)[:, None]
    resume = (start + 1 + torch.arange(LONGEST)[None]).clamp(max=count - 1)
    return Encoded(
        torch.tensor([vocabulary.get(known(core), 0) for core in cores]),
        torch.tensor([hashed(core[-3:], _SUFFIXES) for core in cores]),
        torch.tensor([shape_of(word) for word in words] + [SHAPES - 1]),
        marks,
        whole[start, resume],
    )


class Network(nn.Module):
    """Scores of all blocks, and of leaving everything."""

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.word = nn.Embedding(vocabulary, _WORD_SIZE)
        self.suffix = nn.Embedding(_SUFFIXES, _SUFFIX_SIZE)
        self.shape = nn.Embedding(SHAPES, _SHAPE_SIZE)
        self.mark = nn.Linear(_MARKS, _MARK_SIZE)
        size = _WORD_SIZE + _SUFFIX_SIZE + _SHAPE_SIZE + _MARK_SIZE
        self.encoder = nn.LSTM(
            size, _HIDDEN, 2, batch_first=True, bidirectional=True, dropout=_DROPPED
        )
        self.drop = nn.Dropout(_DROPPED)
        self.start = nn.Linear(2 * _HIDDEN, _END_SIZE)
        self.resume = nn.Linear(2 * _HIDDEN, _END_SIZE)
        self.form = nn.Parameter(torch.zeros(_END_SIZE, _END_SIZE))
        self.start_alone = nn.Linear(_END_SIZE, 1)
        self.resume_alone = nn.Linear(_END_SIZE, 1)
        self.length = nn.Embedding(LONGEST, _LENGTH_SIZE)
        self.common = nn.Linear(_FEATURES, 1)
        self.mix = nn.Sequential(
            nn.Linear(2 * _END_SIZE + _FEATURES + _LENGTH_SIZE, _MIX),
            nn.ReLU(),
            nn.Dropout(_DROPPED),
            nn.Linear(_MIX, 1),
        )
        self.none = nn.Linear(2 * _HIDDEN, 1)

    def forward(self, e: Encoded) -> Tensor:
        """Scores [(n + 1) * LONGEST + 1]: blocks by start and length, then leaving all."""
        embedded = (self.word(e.words), self.suffix(e.suffixes), self.shape(e.shapes))
        x = self.drop(torch.cat((*embedded, self.mark(e.marks)), -1))
        hidden = self.drop(self.encoder(x[None])[0])[0]
        start, resume = torch.relu(self.start(hidden)), torch.relu(self.resume(hidden))
        count = len(hidden)
        ends = torch.arange(count)[:, None] + 1 + torch.arange(LONGEST)[None]
        behind = resume[ends.clamp(max=count - 1)]
        before = start[:, None].expand(-1, LONGEST, -1)
        length = self.length.weight[None].expand(count, -1, -1)
        scores = (
            ((start @ self.form)[:, None] * behind).sum(-1)
            + self.start_alone(start)
            + self.resume_alone(behind)[..., 0]
            + self.common(e.blocks)[..., 0]
            + self.mix(torch.cat((before, behind, e.blocks, length), -1))[..., 0]
        )
        scores = scores.masked_fill(ends >= count, _NOTHING)
        return torch.cat((scores.flatten(), self.none(hidden.amax(0))))


def place(block: Block) -> int:
    """Where a network's scores have the block."""
    start, resume = block
    return start * LONGEST + resume - start - 1


class Editor:
    """The trained network; one for all calls, since it keeps nothing."""

    @staticmethod
    @cache
    def shared() -> Editor:
        """The one that comes with Parley, loaded once."""
        return Editor(WEIGHTS)

    def __init__(self, weights: Path) -> None:
        """Raises FileNotFoundError where the weights are missing."""
        self._network, self._vocabulary = load(weights, Network)

    @torch.inference_mode()
    def verdict(self, words: Sequence[Word], proposed: Block | None) -> Verdict:
        """What is left out of `words` next, where the rules propose a block, or none."""
        if proposed is not None and proposed[1] - proposed[0] > LONGEST:
            proposed = None
        scores = self._network(encode(words, proposed, self._vocabulary)).softmax(0)
        best = int(scores.argmax())
        start, length = divmod(best, LONGEST)
        block = None if best == len(scores) - 1 else (start, start + length + 1)
        return Verdict(block, float(scores[best]))
