"""The learned reader: which words of a request are a parameter's value.

Rules tell the values that a parameter may have (`filling`); a small network, trained on written
requests (`dialogue.training.reader`), weighs them against every other run of words. A
bidirectional LSTM reads the words, another one reads them again for each parameter, whose name it
knows, and whose neighbours' names; runs are scored by their two ends, in a biaffine form (Dozat
and Manning, 2017), and by what is known of them: a date, a whole phrase, behind "to".
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import torch
from torch import Tensor, nn

from dialogue.calendar import Span
from dialogue.frames.request import KINDS, LONGEST, MARKS, RUN_FEATURES, Request
from dialogue.frames.words import stem, without_article
from dialogue.learned import hashed, known, load
from dialogue.mentions import head_of, kind_of

WEIGHTS: Final = Path(__file__).with_name("reader.safetensors")
_KINDS: Final = (*KINDS, "span", "number")
_OWN_FEATURES: Final = 6
_FEATURES: Final = RUN_FEATURES + _OWN_FEATURES
_PIECES, _NAMES = 1024, 2048
_WORD_SIZE, _SUFFIX_SIZE, _PREFIX_SIZE, _MARK_SIZE = 48, 24, 16, 32
_NAME_SIZE, _KIND_SIZE, _LENGTH_SIZE = 32, 16, 8
_PARAMETER = 3 * _NAME_SIZE + _KIND_SIZE
_HIDDEN, _END_SIZE, _MIX = 96, 64, 96
_DROPPED: Final = 0.4
_CANDIDATES, _BEAM = 8, 12
_OVERLAP: Final = 2.0
"""Taken off the logarithm of a likelihood where two parameters share a word."""


@dataclass(frozen=True)
class Asked:
    """A parameter, and what the rules tell of it; `is_number` where it takes a number only."""

    name: str
    told: tuple[str, ...] = ()
    is_number: bool = False


class Encoded(NamedTuple):
    """Of a request: words, suffixes, prefixes [n], marks [n, m], and the runs' places [r] x 2.

    Of its parameters: their heads and kinds [p], all words of their names and the heads of the
    others [p, k] (padded with `_NAMES`), the words that are in their names [p, n], and the runs'
    features [p, r, f].
    """

    words: Tensor
    suffixes: Tensor
    prefixes: Tensor
    marks: Tensor
    starts: Tensor
    lasts: Tensor
    heads: Tensor
    kinds: Tensor
    names: Tensor
    others: Tensor
    named: Tensor
    runs: Tensor


def encode(request: Request, asked: Sequence[Asked], vocabulary: Mapping[str, int]) -> Encoded:
    """Numbers for a request and its parameters."""
    cores = [word.core for word in request.words]
    marks, runs = request.features
    heads = [stem(head_of(one.name)) for one in asked]
    names = [[stem(part) for part in one.name.lower().split("_") if part] for one in asked]
    kinds = ["number" if one.is_number else kind_of(one.name) for one in asked]
    told = [_told(request, one) for one in asked]
    sure = [found if len(one.told) == 1 else [] for one, found in zip(asked, told, strict=True)]
    anybodys = list(itertools.chain(*sure))
    own = [
        torch.cat((runs, _own(request, head, tells, certain, anybodys)), -1)
        for head, tells, certain in zip(heads, told, sure, strict=True)
    ]
    return Encoded(
        torch.tensor([vocabulary.get(known(core), 0) for core in cores]),
        torch.tensor([hashed(core[-3:], _PIECES) for core in cores]),
        torch.tensor([hashed("^" + core[:3], _PIECES) for core in cores]),
        marks,
        request.starts,
        request.ends - 1,
        torch.tensor([hashed(head, _NAMES) for head in heads]),
        torch.tensor([_KINDS.index(kind) for kind in kinds]),
        _padded([[hashed(part, _NAMES) for part in parts] for parts in names]),
        _padded(
            [[hashed(o, _NAMES) for i, o in enumerate(heads) if i != j] for j in range(len(heads))]
        ),
        torch.tensor([[stem(core) in parts for core in cores] for parts in names]).float(),
        torch.stack(own),
    )


def _told(request: Request, one: Asked) -> list[Span]:
    values = {value.lower() for value in one.told}
    return [run for run, said in zip(request.runs, request.texts, strict=True) if said in values]


def _own(
    request: Request, head: str, told: list[Span], sure: list[Span], anybodys: list[Span]
) -> Tensor:
    """What of each run is said of a parameter by the rules and by its name, [r, 6].

    The rules are `sure` of what they tell alone; `anybodys` is all that they are sure of.
    """
    marked = torch.zeros(len(request.runs), _OWN_FEATURES)
    for column, runs in ((0, told), (1, sure), (2, anybodys)):
        marked[[request.places[run] for run in runs], column] = 1
    marked[:, 2] *= 1 - marked[:, 0]
    named = [stem(word.core) == head for word in request.words]
    before = torch.tensor([0, *itertools.accumulate(named)])
    padded = torch.tensor([False, *named, False])
    marked[:, 3] = (before[request.ends] > before[request.starts]).float()
    marked[:, 4] = padded[request.starts].float()
    marked[:, 5] = padded[request.ends + 1].float()
    return marked


def _padded(rows: Sequence[Sequence[int]]) -> Tensor:
    width = max(1, *map(len, rows))
    return torch.tensor([[*row, *[_NAMES] * (width - len(row))] for row in rows])


class Network(nn.Module):
    """Scores of runs, and of there being no value."""

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.word = nn.Embedding(vocabulary, _WORD_SIZE)
        self.suffix = nn.Embedding(_PIECES, _SUFFIX_SIZE)
        self.prefix = nn.Embedding(_PIECES, _PREFIX_SIZE)
        self.mark = nn.Linear(MARKS, _MARK_SIZE)
        self.name = nn.Embedding(_NAMES + 1, _NAME_SIZE, padding_idx=_NAMES)
        self.kind = nn.Embedding(len(_KINDS), _KIND_SIZE)
        size = _WORD_SIZE + _SUFFIX_SIZE + _PREFIX_SIZE + _MARK_SIZE
        self.reading = nn.LSTM(size, _HIDDEN, batch_first=True, bidirectional=True)
        again = 2 * _HIDDEN + _PARAMETER + 1
        self.again = nn.LSTM(again, _HIDDEN, batch_first=True, bidirectional=True)
        self.drop = nn.Dropout(_DROPPED)
        self.start = nn.Linear(4 * _HIDDEN, _END_SIZE)
        self.last = nn.Linear(4 * _HIDDEN, _END_SIZE)
        self.form = nn.Parameter(torch.zeros(_END_SIZE, _END_SIZE))
        self.length = nn.Embedding(LONGEST, _LENGTH_SIZE)
        self.mix = nn.Sequential(
            nn.Linear(2 * _END_SIZE + _FEATURES + _LENGTH_SIZE + _PARAMETER, _MIX),
            nn.ReLU(),
            nn.Dropout(_DROPPED),
            nn.Linear(_MIX, 1),
        )
        self.common = nn.Linear(_FEATURES, 1)
        self.wanted = nn.Linear(_PARAMETER, _FEATURES)
        self.none = nn.Linear(_PARAMETER + 4 * _HIDDEN, 1)

    def forward(self, e: Encoded) -> Tensor:
        """Scores [p, r + 1] of each parameter's runs, and of no value."""
        embedded = (self.word(e.words), self.suffix(e.suffixes), self.prefix(e.prefixes))
        read = self.reading(self.drop(torch.cat((*embedded, self.mark(e.marks)), -1))[None])[0]
        parameter = self.drop(
            torch.cat(
                (self.name(e.heads), self._mean(e.names), self._mean(e.others), self.kind(e.kinds)),
                -1,
            )
        )
        count, length = e.named.shape
        every = parameter[:, None].expand(-1, length, -1)
        whole = read.expand(count, -1, -1)
        again = self.again(torch.cat((self.drop(whole), every, e.named[..., None]), -1))[0]
        hidden = self.drop(torch.cat((again, whole), -1))
        start = torch.relu(self.start(hidden))[:, e.starts]
        last = torch.relu(self.last(hidden))[:, e.lasts]
        lengths = self.length(e.lasts - e.starts)[None].expand(count, -1, -1)
        wanted = parameter[:, None].expand(-1, len(e.starts), -1)
        scores = (
            ((start @ self.form) * last).sum(-1)
            + self.mix(torch.cat((start, last, e.runs, lengths, wanted), -1))[..., 0]
            + self.common(e.runs)[..., 0]
            + (e.runs * self.wanted(parameter)[:, None]).sum(-1)
        )
        none = self.none(torch.cat((parameter, hidden.amax(1)), -1))
        return torch.cat((scores, none), 1)

    def _mean(self, names: Tensor) -> Tensor:
        found: Tensor = self.name(names).sum(1) / (names != _NAMES).sum(1, keepdim=True).clamp(1)
        return found


@dataclass(frozen=True, slots=True)
class Value:
    """What the reader takes for a parameter's value, and how sure it is, from 0 to 1."""

    run: Span
    likelihood: float
    likely: Mapping[str, float]
    """How likely the likeliest texts are, without leading articles."""


class Reader:
    """The trained network; one for all calls, since it keeps nothing."""

    @staticmethod
    @cache
    def shared() -> Reader:
        """The one that comes with Parley, loaded once."""
        return Reader(WEIGHTS)

    def __init__(self, weights: Path) -> None:
        """Raises FileNotFoundError where the weights are missing."""
        self._network, self._vocabulary = load(weights, Network)

    @torch.inference_mode()
    def read(self, request: Request, asked: Sequence[Asked]) -> list[Value]:
        """The likeliest values of all parameters together."""
        likelihoods = self._network(encode(request, asked, self._vocabulary)).softmax(-1)
        ways: list[tuple[float, list[int]]] = [(0.0, [])]
        for row in likelihoods[:, :-1]:
            best = row.topk(min(_CANDIDATES, len(row)))
            logs = best.values.clamp_min(1e-9).log().tolist()
            found = list(zip(logs, best.indices.tolist(), strict=True))
            longer = [
                (total + log - _OVERLAP * _overlaps(request, taken, run), [*taken, run])
                for total, taken in ways
                for log, run in found
            ]
            ways = sorted(longer, key=lambda way: -way[0])[:_BEAM]
        return [
            Value(request.runs[run], float(row[run]), _likely(request, row))
            for row, run in zip(likelihoods, ways[0][1], strict=True)
        ]


def _likely(request: Request, row: Tensor) -> dict[str, float]:
    found: dict[str, float] = {}
    for run in row[:-1].topk(min(_CANDIDATES, len(row) - 1)).indices.tolist():
        said = request.text(without_article(request.words, request.runs[run]))
        found[said] = found.get(said, 0.0) + float(row[run])
    return found


def _overlaps(request: Request, taken: Sequence[int], run: int) -> bool:
    start, end = request.runs[run]
    return any(start < request.runs[i][1] and request.runs[i][0] < end for i in taken)
