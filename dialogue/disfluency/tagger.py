"""A small learned tagger: which words of a question are taken back.

It was trained on Disfl-QA (Gupta et al., 2021) and names one edit of a text: the block of words
to leave out (reparandum and interregnum), and, where the repair stands at the very end and not at
its place ("born in Paris in 1900, no, London"), where the part to keep in between begins. The
encoder is a two-layer bidirectional LSTM; block starts and ends are scored in pairs, by a biaffine
form (Dozat and Manning, 2017) and by what the words at both places have in common, since a repair
mostly begins as its reparandum did.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn

from dialogue.disfluency.cues import FILLERS
from dialogue.disfluency.scene import Fit
from dialogue.disfluency.words import Word
from dialogue.learned import hashed, load

WEIGHTS: Final = Path(__file__).with_name("tagger.safetensors")
SUFFIXES: Final = 1024
SHAPES: Final = 8
PAIR_FEATURES: Final = 14
_DISTANCES: Final = 24
_WORD_SIZE, _SUFFIX_SIZE, _SHAPE_SIZE, _HIDDEN, _PAIR = 64, 24, 8, 96, 64
_QUESTION_WORDS: Final = frozenset("who what when where which why how whom whose".split())
_EDITING: Final = FILLERS | frozenset(
    """no nope not wait sorry i mean meant rather or oh actually make that scratch correction
    instead well hang hold on excuse pardon me let's""".split()
)
_NOTHING: Final = -1e9


@dataclass(frozen=True, slots=True)
class Edit:
    """Leave out words `start` to `resume`; `start` == `resume` says that all stands.

    With `keep`, the words from there to the interregnum are kept, behind the repair. `likelihood`
    is the tagger's own, from 0 to 1.
    """

    start: int
    resume: int
    keep: int | None
    likelihood: float

    def fit(self, words: Sequence[Word]) -> Fit | None:
        """The edit as a repair of `words`; None where all stands."""
        if self.start == self.resume:
            return None
        cue, first = self.resume, self.start if self.keep is None else self.keep
        while cue > first and words[cue - 1].core in _EDITING:
            cue -= 1
        if self.keep is None:
            return Fit(self.start, cue, cue, self.resume, self.resume, self.resume)
        return Fit(self.start, self.keep, cue, self.resume, len(words), len(words))


@dataclass(frozen=True)
class Encoded:
    """Words [n], suffixes [n] and shapes [n] as numbers, and features [n + 1, n + 1, f]."""

    words: Tensor
    suffixes: Tensor
    shapes: Tensor
    pairs: Tensor
    distances: Tensor


def encode(words: Sequence[Word], vocabulary: Mapping[str, int]) -> Encoded:
    """Numbers for the words; the end of the text is one word more."""
    cores = [word.core for word in words] + ["</s>"]
    count = len(cores)
    position = torch.arange(count)
    return Encoded(
        words=torch.tensor([vocabulary.get(core, 0) for core in cores]),
        suffixes=torch.tensor([hashed(core[-3:], SUFFIXES) for core in cores]),
        shapes=torch.tensor([shape_of(word) for word in words] + [SHAPES - 1]),
        pairs=pair_features(cores, words),
        distances=(position[None] - position[:, None]).clamp(0, _DISTANCES - 1),
    )


def shape_of(word: Word) -> int:
    """How the word is written, as a number below `SHAPES`; the last is the end of a text."""
    if any(map(str.isdigit, word.core)):
        return 6
    if not word.core:
        return 5
    return word.is_capital + 2 * word.pauses if not word.stops else 4


def pair_features(cores: Sequence[str], words: Sequence[Word]) -> Tensor:
    """What the words at places s and j have in common, [n + 1, n + 1, PAIR_FEATURES]."""
    count = len(cores)
    ids = torch.tensor([zlib.crc32(core.encode()) for core in cores])
    tails = torch.tensor([zlib.crc32(core[-2:].encode()) for core in cores])
    heads = torch.tensor([zlib.crc32(core[:3].encode()) for core in cores])
    asks = torch.tensor([core in _QUESTION_WORDS for core in cores])
    digits = torch.tensor([any(map(str.isdigit, core)) for core in cores])
    capital = torch.tensor([word.is_capital for word in words] + [False])
    begins = torch.zeros(count, dtype=torch.bool)
    begins[0] = True
    same = ids[:, None] == ids[None]
    shifted = [_shift(same, s, j) for s, j in ((1, 1), (2, 2), (-1, -1), (1, 0), (0, 1), (2, 1))]
    return torch.stack(
        [
            same,
            *shifted,
            tails[:, None] == tails[None],
            heads[:, None] == heads[None],
            asks[:, None] & asks[None],
            digits[:, None] & digits[None],
            capital[:, None] & capital[None],
            begins[:, None] & asks[None],
            _shift(same, 1, 1) & same,
        ],
        -1,
    ).float()


def _shift(same: Tensor, s: int, j: int) -> Tensor:
    """`same` as seen from `s` and `j` words further on."""
    moved = torch.zeros_like(same)
    count = len(same)
    rows, columns = range(max(0, -s), count - max(0, s)), range(max(0, -j), count - max(0, j))
    if rows and columns:
        moved[rows.start : rows.stop, columns.start : columns.stop] = same[
            rows.start + s : rows.stop + s, columns.start + j : columns.stop + j
        ]
    return moved


class Network(nn.Module):
    """Scores of blocks and of what is kept of them."""

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        size = _WORD_SIZE + _SUFFIX_SIZE + _SHAPE_SIZE
        self.word = nn.Embedding(vocabulary, _WORD_SIZE)
        self.suffix = nn.Embedding(SUFFIXES, _SUFFIX_SIZE)
        self.shape = nn.Embedding(SHAPES, _SHAPE_SIZE)
        self.encoder = nn.LSTM(size, _HIDDEN, 2, batch_first=True, bidirectional=True, dropout=0.4)
        self.drop = nn.Dropout(0.4)
        self.start = nn.Linear(2 * _HIDDEN, _PAIR)
        self.resume = nn.Linear(2 * _HIDDEN, _PAIR)
        self.keep = nn.Linear(2 * _HIDDEN, _PAIR)
        self.form = nn.Parameter(torch.zeros(_PAIR, _PAIR))
        self.start_alone = nn.Linear(_PAIR, 1)
        self.resume_alone = nn.Linear(_PAIR, 1)
        self.common = nn.Linear(PAIR_FEATURES, 1)
        self.distance = nn.Embedding(_DISTANCES, 1)
        self.mix = nn.Sequential(
            nn.Linear(2 * _PAIR + PAIR_FEATURES, 32), nn.ReLU(), nn.Linear(32, 1)
        )
        self.kept = nn.Linear(_PAIR, 1)
        self.none = nn.Parameter(torch.zeros(1))

    def forward(
        self, words: Tensor, suffixes: Tensor, shapes: Tensor, pairs: Tensor, distances: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Scores of blocks [b, n, n] (start, resume; the diagonal's first: none) and of keeping.

        The second, [b, n, n], scores (resume, keep): its diagonal says that nothing is kept.
        """
        embedded = torch.cat((self.word(words), self.suffix(suffixes), self.shape(shapes)), -1)
        hidden = self.drop(self.encoder(self.drop(embedded))[0])
        start = torch.relu(self.start(hidden))
        resume = torch.relu(self.resume(hidden))
        count = words.shape[1]
        both = torch.cat(
            (
                start[:, :, None].expand(-1, -1, count, -1),
                resume[:, None].expand(-1, count, -1, -1),
                pairs,
            ),
            -1,
        )
        blocks = (
            start @ self.form @ resume.mT
            + self.start_alone(start)
            + self.resume_alone(resume).mT
            + self.common(pairs)[..., 0]
            + self.distance(distances)[..., 0]
            + self.mix(both)[..., 0]
        )
        blocks = blocks.masked_fill(distances == 0, _NOTHING)
        later = torch.triu(torch.ones(count, count, dtype=torch.bool), 1)
        blocks = blocks.masked_fill(~later, _NOTHING)
        blocks[:, 0, 0] = self.none
        keep = torch.relu(self.keep(hidden))
        keeps = resume @ keep.mT
        nothing = self.kept(resume)[..., 0]
        keeps = keeps.masked_fill(~later.mT, _NOTHING)
        return blocks, torch.diagonal_scatter(keeps, nothing, 0, 1, 2)


class Tagger:
    """The trained network; one for all calls, since it keeps nothing."""

    @staticmethod
    @cache
    def shared() -> Tagger:
        """The one that comes with Parley, loaded once."""
        return Tagger(WEIGHTS)

    def __init__(self, weights: Path) -> None:
        """Raises FileNotFoundError where the weights are missing."""
        self._network, self._vocabulary = load(weights, Network)

    @torch.inference_mode()
    def edit(self, words: Sequence[Word]) -> Edit:
        """The likeliest edit of `words`."""
        e = encode(words, self._vocabulary)
        blocks, keeps = self._network(
            e.words[None], e.suffixes[None], e.shapes[None], e.pairs[None], e.distances[None]
        )
        count = len(words) + 1
        likelihoods = blocks[0].flatten().softmax(0)
        best = int(likelihoods.argmax())
        start, resume = divmod(best, count)
        keep = int(keeps[0, resume].argmax())
        return Edit(
            start, resume, keep if start < keep < resume else None, float(likelihoods[best])
        )
