"""A request as the reader sees it: its words, and every run of them that may be a value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final

import torch
from torch import Tensor

from dialogue.calendar import Span
from dialogue.disfluency.scene import DETERMINERS, PREPOSITIONS
from dialogue.disfluency.words import Word
from dialogue.frames.words import joined
from dialogue.mentions import spans, text, wholes
from dialogue.phrases import phrases

LONGEST: Final = 12
"""Words of the longest value."""
KINDS: Final = ("day", "time", "name", "code", "amount", "from", "to")
"""Of mentions, in the order of their features."""
_WRITTEN: Final = 6
"""How a word is written, in so many features."""
MARKS: Final = 2 * (len(KINDS) + 1) + _WRITTEN
"""Features of a word: in a mention or a phrase, and its first word; and how it is written."""
RUN_FEATURES: Final = 12 + len(KINDS)
"""Features of a run of words."""


class Request:
    """Words, and every run of them that may be a value."""

    def __init__(self, words: Sequence[Word]) -> None:
        self.words = words
        inside = {at for start, end in wholes(words) for at in range(start + 1, end)}
        self.runs = [run for run in _runs(words) if inside.isdisjoint(run)]
        self.places = {run: place for place, run in enumerate(self.runs)}
        self.starts = torch.tensor([start for start, _ in self.runs])
        self.ends = torch.tensor([end for _, end in self.runs])

    def text(self, run: Span) -> str:
        """The run without the punctuation around it."""
        return text(self.words, *run)

    @cached_property
    def texts(self) -> list[str]:
        """The runs in small letters."""
        return [self.text(run).lower() for run in self.runs]

    @cached_property
    def mentioned(self) -> Mapping[str, Sequence[Span]]:
        """Where values of each kind are mentioned."""
        return spans(self.words)

    @cached_property
    def features(self) -> tuple[Tensor, Tensor]:
        """Of the words [n, m] and of the runs [r, f]."""
        words, found = self.words, self.mentioned
        cut = [(phrase.start, phrase.end) for phrase in phrases(words)]
        marks = torch.zeros(len(words), MARKS)
        for number, kind in enumerate((*KINDS, "phrase")):
            for start, end in cut if kind == "phrase" else found[kind]:
                marks[start:end, 2 * number] = 1
                marks[start, 2 * number + 1] = 1
        for at, word in enumerate(words):
            marks[at, -_WRITTEN:] = torch.tensor(
                [
                    word.is_capital,
                    word.pauses,
                    word.stops,
                    any(map(str.isdigit, word.core)),
                    word.core in PREPOSITIONS,
                    word.core in DETERMINERS,
                ]
            ).float()
        kinds = [set(found[kind]) for kind in KINDS]
        together = set(joined(words, cut))
        bare = {s + (words[s].core in DETERMINERS) for s, _ in cut}
        starts, ends = {start for start, _ in cut}, {end for _, end in cut}
        whole = set(cut) | {(s + 1, e) for s, e in cut if words[s].core in DETERMINERS}
        rows = []
        for start, end in self.runs:
            cores = [word.core for word in words[start:end]]
            before = words[start - 1] if start else None
            rows.append(
                [
                    (start, end) in whole,
                    (start, end) in together,
                    start in starts or start in bare,
                    end in ends,
                    cores[0] in DETERMINERS,
                    before is not None and before.core in PREPOSITIONS,
                    any(word.pauses for word in words[start : end - 1]),
                    words[end - 1].breaks or end == len(words),
                    before is None or before.breaks,
                    "and" in cores or "or" in cores,
                    cores[0] in PREPOSITIONS,
                    cores[-1] in PREPOSITIONS or cores[-1] in DETERMINERS,
                    *((start, end) in of_kind for of_kind in kinds),
                ]
            )
        return marks, torch.tensor(rows).float()


def _runs(words: Sequence[Word]) -> Iterator[Span]:
    """Of at most so many words, within one sentence."""
    for start in range(len(words)):
        for end in range(start + 1, min(len(words), start + LONGEST) + 1):
            yield start, end
            if words[end - 1].stops:
                break
