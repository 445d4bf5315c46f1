"""The learned reader: which words of a request are a parameter's value.

Rules tell the values that a parameter may have (`filling`); a small network, trained on written
requests (`dialogue.training.reader`), weighs them against every other run of words. A
pretrained encoder reads the words and, behind them, the names of all parameters; a bidirectional
LSTM reads the words again for each parameter; runs are scored by their two ends, in a biaffine
form (Dozat and Manning, 2017), and by what is known of them: a date, a whole phrase, behind "to".
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import torch
from torch import Tensor, nn

from dialogue.calendar import Span
from dialogue.encoder import LONGEST_TEXT, WIDTH, Pieces, Pretrained
from dialogue.frames.request import KINDS, LONGEST, MARKS, RUN_FEATURES, Request
from dialogue.frames.words import stem
from dialogue.mentions import head_of, kind_of

WEIGHTS: Final = Path(__file__).with_name("reader.safetensors")
_KINDS: Final = (*KINDS, "span", "number")
_OWN_FEATURES: Final = 6
_FEATURES: Final = RUN_FEATURES + _OWN_FEATURES
_WORD_SIZE, _MARK_SIZE, _NAME_SIZE, _KIND_SIZE, _LENGTH_SIZE = 128, 32, 128, 16, 8
_PARAMETER = _NAME_SIZE + _KIND_SIZE
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
    """Of a request: its words' marks [n, m], and the runs' places [r] x 2.

    Of its parameters: their kinds [p], the words that are in their names [p, n], and the runs'
    features [p, r, f].
    """

    marks: Tensor
    starts: Tensor
    lasts: Tensor
    kinds: Tensor
    named: Tensor
    runs: Tensor


def encode(request: Request, asked: Sequence[Asked]) -> Encoded:
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
        marks,
        request.starts,
        request.ends - 1,
        torch.tensor([_KINDS.index(kind) for kind in kinds]),
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


class Network(nn.Module):
    """Scores of runs, and of there being no value."""

    def __init__(self) -> None:
        super().__init__()
        self.word = nn.Linear(WIDTH, _WORD_SIZE)
        self.mark = nn.Linear(MARKS, _MARK_SIZE)
        self.name = nn.Linear(WIDTH, _NAME_SIZE)
        self.kind = nn.Embedding(len(_KINDS), _KIND_SIZE)
        read = _WORD_SIZE + _MARK_SIZE
        self.again = nn.LSTM(read + _PARAMETER + 1, _HIDDEN, batch_first=True, bidirectional=True)
        self.drop = nn.Dropout(_DROPPED)
        self.start = nn.Linear(2 * _HIDDEN + read, _END_SIZE)
        self.last = nn.Linear(2 * _HIDDEN + read, _END_SIZE)
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
        self.none = nn.Linear(_PARAMETER + 2 * _HIDDEN + read, 1)

    def forward(self, vectors: Tensor, e: Encoded) -> Tensor:
        """Scores [p, r + 1] of each parameter's runs, and of no value.

        `vectors` [n + 1 + p, WIDTH] are the words', their end's, and the parameters'.
        """
        length = e.named.shape[1]
        read = torch.cat((self.word(vectors[:length]), self.mark(e.marks)), -1)
        parameter = self.drop(torch.cat((self.name(vectors[length + 1 :]), self.kind(e.kinds)), -1))
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


@dataclass(frozen=True, slots=True)
class Value:
    """What the reader takes for a parameter's value, and how sure it is, from 0 to 1."""

    run: Span
    likelihood: float
    unsaid: float
    """How likely it is that the request tells of none."""


class Reader:
    """The trained network; one for all calls, since it keeps nothing."""

    def __init__(self, pretrained: Pretrained, weights: Path = WEIGHTS) -> None:
        """Raises FileNotFoundError where the weights are missing."""
        self._pretrained = pretrained
        self._network = Network().eval()
        self._encoder = pretrained.trained(weights, self._network)

    def read(self, request: Request, asked: Sequence[Asked]) -> list[Value]:
        """The likeliest values of all parameters together; none where the request is too long."""
        return self.read_each(request, [asked])[0]

    @torch.inference_mode()
    def read_each(self, request: Request, forms: Sequence[Sequence[Asked]]) -> list[list[Value]]:
        """The same for the parameters of several tools, of which nothing is known to each other."""
        texts = [pieces(self._pretrained, request, asked) for asked in forms]
        if max(len(text.numbers) for text in texts) > LONGEST_TEXT:
            return [[] for _ in forms]
        return [
            self._values(request, self._network(vectors, encode(request, asked)).softmax(-1))
            for vectors, asked in zip(self._encoder(texts), forms, strict=True)
        ]

    def _values(self, request: Request, likelihoods: Tensor) -> list[Value]:
        """Of likelihoods [p, r + 1] the likeliest runs that share no word."""
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
            Value(request.runs[run], float(row[run]), float(row[-1]))
            for row, run in zip(likelihoods, ways[0][1], strict=True)
        ]


def pieces(pretrained: Pretrained, request: Request, asked: Sequence[Asked]) -> Pieces:
    """A request and the names of its parameters, as the encoder reads them."""
    names = [one.name.replace("_", " ") for one in asked]
    return pretrained.pieces([word.text for word in request.words], names)


def _overlaps(request: Request, taken: Sequence[int], run: int) -> bool:
    start, end = request.runs[run]
    return any(start < request.runs[i][1] and request.runs[i][0] < end for i in taken)
