"""Every change that may be made to words on their way to what was meant, scored by a network.

A change leaves out a block of words, reparandum and interregnum together, or puts words that come
later in its place. Blocks are scored by their two ends, in a biaffine form (Dozat and Manning,
2017), by what the words there have in common, and by how likely each word is gone in the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import torch
from torch import Tensor, nn

from dialogue.disfluency.cues import cues
from dialogue.disfluency.tagger import PAIR_FEATURES, SHAPES, pair_features, shape_of
from dialogue.disfluency.values import Kind, values
from dialogue.disfluency.words import Word
from dialogue.encoder import WIDTH

LONGEST: Final = 30
"""Words of the longest block that is left out."""
LONGEST_REPLACED: Final = 10
LONGEST_REPAIR: Final = 8
"""Words of what is replaced by something said later, and of that."""
CHANGES: Final = 2
"""A block is left out or replaced."""
_KINDS: Final = tuple(Kind)
_MARKS: Final = len(_KINDS) + 2
_BLOCK_FEATURES: Final = 10
_GONE_FEATURES: Final = 4
_FEATURES: Final = PAIR_FEATURES + _BLOCK_FEATURES + _GONE_FEATURES
_WORD_SIZE, _SHAPE_SIZE, _MARK_SIZE = 128, 8, 16
_HIDDEN, _END_SIZE, _LENGTH_SIZE, _MIX = 96, 64, 8, 64
_DROPPED: Final = 0.2
_NOTHING: Final = -1e9

Block = tuple[int, int]
"""Places of words, the end exclusive."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is left out, or replaced by a `repair` that stands later: each a block of words."""

    block: Block
    repair: Block | None = None


def _is_short(proposed: Change) -> bool:
    """Whether a network can tell of it."""
    (start, end), repair = proposed.block, proposed.repair
    if repair is not None:
        return end - start <= LONGEST and 0 < repair[1] - repair[0] <= LONGEST_REPAIR
    return end - start <= LONGEST


class Encoded(NamedTuple):
    """Of words: their shapes as numbers [n + 1], their marks [n + 1, m], the features of the
    blocks [n + 1, LONGEST, f] that begin at each, and whether the rules' repair is the run of words
    [n + 1, LONGEST_REPAIR] that begins there; the end of the text is one word more."""

    shapes: Tensor
    marks: Tensor
    blocks: Tensor
    repairs: Tensor


def encode(words: Sequence[Word], proposed: Change | None) -> Encoded:
    """Numbers for `words` and for what the rules would change, where that is not too long."""
    if proposed is not None and not _is_short(proposed):
        proposed = None
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
        grid[*proposed.block, 9 if proposed.repair else 2] = 1
        grid[..., 8] = 1
    kinds = marks[:, : len(_KINDS)]
    grid[..., 3] = kinds @ kinds.T
    for column, edge in ((4, begins), (6, pauses)):
        grid[..., column] = edge[:, None].float()
        grid[..., column + 1] = edge[None].float()
    whole = torch.cat((pair_features(cores, words), grid), -1)
    start = torch.arange(count)[:, None]
    resume = (start + 1 + torch.arange(LONGEST)[None]).clamp(max=count - 1)
    repairs = torch.zeros(count, LONGEST_REPAIR)
    if proposed is not None and proposed.repair is not None:
        repairs[_place(proposed.repair)] = 1
    return Encoded(
        torch.tensor([shape_of(word) for word in words] + [SHAPES - 1]),
        marks,
        whole[start, resume],
        repairs,
    )


class Scores(NamedTuple):
    """What a network makes of n words.

    `changes` [2 * (n + 1) * LONGEST + 1]: blocks by start and length left out, the same replaced,
    then leaving all. `gone` [n]: of each word, that it does not count in the end; `hidden`
    [n + 1, h] are the words as they were read.
    """

    changes: Tensor
    gone: Tensor
    hidden: Tensor


class Network(nn.Module):
    """Scores of all blocks, to be left out or replaced, and of leaving everything."""

    def __init__(self) -> None:
        super().__init__()
        self.word = nn.Linear(WIDTH, _WORD_SIZE)
        self.shape = nn.Embedding(SHAPES, _SHAPE_SIZE)
        self.mark = nn.Linear(_MARKS, _MARK_SIZE)
        size = _WORD_SIZE + _SHAPE_SIZE + _MARK_SIZE
        self.encoder = nn.LSTM(size, _HIDDEN, batch_first=True, bidirectional=True)
        self.drop = nn.Dropout(_DROPPED)
        self.start = nn.Linear(2 * _HIDDEN, _END_SIZE)
        self.resume = nn.Linear(2 * _HIDDEN, _END_SIZE)
        self.form = nn.Parameter(torch.zeros(CHANGES, _END_SIZE, _END_SIZE))
        self.start_alone = nn.Linear(_END_SIZE, CHANGES)
        self.resume_alone = nn.Linear(_END_SIZE, CHANGES)
        self.length = nn.Embedding(LONGEST, _LENGTH_SIZE)
        self.common = nn.Linear(_FEATURES, CHANGES)
        self.mix = nn.Sequential(
            nn.Linear(2 * _END_SIZE + _FEATURES + _LENGTH_SIZE, _MIX),
            nn.ReLU(),
            nn.Dropout(_DROPPED),
            nn.Linear(_MIX, CHANGES),
        )
        self.none = nn.Linear(2 * _HIDDEN + 1, 1)
        self.gone = nn.Linear(2 * _HIDDEN, 1)
        self.replaced = nn.Linear(4 * _HIDDEN + _MARKS, _END_SIZE)
        self.first = nn.Linear(2 * _HIDDEN + _MARKS, _END_SIZE)
        self.last = nn.Linear(2 * _HIDDEN + _MARKS, _END_SIZE)
        self.repair = nn.Sequential(
            nn.Linear(3 * _END_SIZE + 1 + _LENGTH_SIZE, _MIX),
            nn.ReLU(),
            nn.Dropout(_DROPPED),
            nn.Linear(_MIX, 1),
        )

    def forward(self, vectors: Tensor, e: Encoded) -> Scores:
        """What is to be done to words; their `vectors` [n + 1, WIDTH] and the end's are given."""
        x = torch.cat((self.word(vectors), self.shape(e.shapes), self.mark(e.marks)), -1)
        hidden = self.drop(self.encoder(self.drop(x)[None])[0])[0]
        start, resume = torch.relu(self.start(hidden)), torch.relu(self.resume(hidden))
        count = len(hidden)
        ends = torch.arange(count)[:, None] + 1 + torch.arange(LONGEST)[None]
        within = ends.clamp(max=count - 1)
        behind = resume[within]
        gone = self.gone(hidden)[:, 0]
        features = torch.cat((e.blocks, _of_blocks(gone, within)), -1)
        before = start[:, None].expand(-1, LONGEST, -1)
        length = self.length.weight[None].expand(count, -1, -1)
        scores = (
            torch.einsum("si,cij,slj->slc", start, self.form, behind)
            + self.start_alone(start)[:, None]
            + self.resume_alone(resume)[within]
            + self.common(features)
            + self.mix(torch.cat((before, behind, features, length), -1))
        )
        scores = scores.masked_fill((ends >= count)[..., None], _NOTHING)
        changes = scores.permute(2, 0, 1).flatten()
        none = self.none(torch.cat((hidden.amax(0), gone[:-1].amax(0, keepdim=True))))
        return Scores(torch.cat((changes, none)), gone[:-1], hidden)

    def repairs(self, hidden: Tensor, e: Encoded, replaced: Block) -> Tensor:
        """Scores [(n + 1) * LONGEST_REPAIR] of the runs of words that may replace a block."""
        start, end = replaced
        count = len(hidden)
        whole = torch.cat((hidden, e.marks), -1)
        query = torch.relu(
            self.replaced(torch.cat((hidden[start], hidden[end - 1], e.marks[start]), -1))
        )
        lasts = torch.arange(count)[:, None] + torch.arange(LONGEST_REPAIR)[None]
        first = torch.relu(self.first(whole))[:, None].expand(-1, LONGEST_REPAIR, -1)
        last = torch.relu(self.last(whole))[lasts.clamp(max=count - 1)]
        like = torch.cat((first * query, last * query, first * last), -1)
        length = self.length.weight[None, :LONGEST_REPAIR].expand(count, -1, -1)
        scores = self.repair(torch.cat((like, e.repairs[..., None], length), -1))[..., 0]
        there = (torch.arange(count)[:, None] >= end) & (lasts < count - 1)
        found: Tensor = scores.masked_fill(~there, _NOTHING).flatten()
        return found


def _of_blocks(gone: Tensor, ends: Tensor) -> Tensor:
    """Of blocks [n + 1, LONGEST] the mean and the least of what is said of each word [n + 1], and
    the same of the words before and behind."""
    count = len(gone)
    starts = torch.arange(count)[:, None].expand(-1, LONGEST)
    inside = gone[(starts + torch.arange(LONGEST)).clamp(max=count - 1)]
    lengths = torch.arange(1, LONGEST + 1)
    before = torch.cat((gone.new_zeros(1), gone))[starts]
    parts = (inside.cumsum(1) / lengths, inside.cummin(1).values, before, gone[ends])
    return torch.stack(parts, -1)


def number(change: Change, count: int) -> int:
    """Where the scores of a network that read `count` words have a change."""
    start, resume = change.block
    behind = count + 1 if change.repair else 0
    return (behind + start) * LONGEST + resume - start - 1


def repair_number(repair: Block) -> int:
    """Where the scores of repairs have one."""
    start, width = _place(repair)
    return start * LONGEST_REPAIR + width


def _place(run: Block) -> tuple[int, int]:
    return run[0], run[1] - run[0] - 1
