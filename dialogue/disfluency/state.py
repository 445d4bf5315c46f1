"""A text on its way from what was said to what was meant."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import pairwise
from typing import Final

from dialogue.disfluency.cues import begins_cue
from dialogue.disfluency.scene import Fit
from dialogue.disfluency.words import Word

DENIALS: Final = frozenset(("no", "not"))
_TAIL: Final = re.compile(r"[,;:\u2014\u2013\u2026\-]+$|\.{2,}$|(?<![.]\w)[.?!]+$")
_END: Final = re.compile(r"[.?!]+$")


class Disfluent(Enum):
    """What kind of disfluency it is."""

    FILLER = "filler"
    FRAGMENT = "broken-off word"
    REPETITION = "repetition"
    FALSE_START = "false start"
    REPAIR = "self-repair"


@dataclass(frozen=True, slots=True)
class Disfluency:
    """One disfluency, in Shriberg's (1994) terms; places of words in the raw text.

    The `reparandum` is taken back, the `interregnum` stands between, and the `repair` replaces.
    Fillers are all interregnum.
    """

    kind: Disfluent
    reparandum: tuple[int, ...]
    interregnum: tuple[int, ...]
    repair: tuple[int, ...]


@dataclass(frozen=True)
class State:
    """Words that still stand, and their places in the raw text."""

    source: tuple[Word, ...]
    words: tuple[Word, ...]
    places: tuple[int, ...]
    disfluencies: tuple[Disfluency, ...]

    @staticmethod
    def of(words: tuple[Word, ...]) -> State:
        """The words as they were said."""
        return State(words, words, tuple(range(len(words))), ())


def without(state: State, fit: Fit, kind: Disfluent) -> State | None:
    """`state` without a disfluency; None where no word would be left."""
    order = fit.order(len(state.words))
    if not any(state.words[i].core for i in order):
        return None
    denied = fit.start
    while denied + 1 < fit.end and state.words[denied].core in DENIALS:
        denied += 1
    reparandum, interregnum = (
        range(denied, fit.end),
        [*range(fit.start, denied), *range(fit.cue, fit.resume), *range(fit.stop, fit.after)],
    )
    repair = _repair(state, fit)
    if kind is Disfluent.FILLER and fit.end == fit.resume:
        reparandum, interregnum, repair = range(0), [*reparandum], range(0)
    elif kind is Disfluent.FILLER:
        kind = Disfluent.REPAIR
    disfluency = Disfluency(
        kind, *(_places(state, span) for span in (reparandum, interregnum, repair))
    )
    return State(
        state.source,
        _joined(state.words, order, _pauses(state.words, fit, kind)),
        _places(state, order),
        (*state.disfluencies, disfluency),
    )


def _pauses(words: Sequence[Word], fit: Fit, kind: Disfluent) -> Collection[int]:
    """The pause before what is replaced is before what replaces it: "Khan, K A N, no, K H A N"."""
    before = fit.start - 1
    replaces = kind is Disfluent.REPAIR and before >= 0 and fit.end > fit.start
    return (before,) if replaces and words[before].pauses else ()


def _places(state: State, span: Sequence[int]) -> tuple[int, ...]:
    return tuple(state.places[i] for i in span)


def _repair(state: State, fit: Fit) -> Sequence[int]:
    """What stands for the reparandum; as many words as it had, up to a pause, where it is open."""
    if fit.stop > fit.resume or fit.end == fit.start:
        return range(fit.resume, fit.stop)
    stop = fit.resume
    while stop < min(len(state.words), fit.resume + fit.end - fit.start):
        stop += 1
        if state.words[stop - 1].breaks:
            break
    return range(fit.resume, stop)


def _joined(
    words: Sequence[Word], order: Sequence[int], pauses: Collection[int]
) -> tuple[Word, ...]:
    """The words in `order`, with the punctuation that they need in their new company.

    Behind the words at `pauses` the speaker paused in any case.
    """
    kept = [words[i] for i in order]
    for at, (here, there) in enumerate(pairwise(order)):
        if there == here + 1 or here in pauses:
            continue
        if not begins_cue([*kept[: at + 1], words[there]], at + 1):
            kept[at] = bare(kept[at])
    last = len(words) - 1
    if order[-1] != last:
        ending = _END.search(words[last].text)
        kept[-1] = bare(kept[-1])
        if ending and not kept[-1].stops:
            kept[-1] = replace(kept[-1], text=kept[-1].text + ending.group())
    if order[0] != 0 and words[0].is_capital:
        text = kept[0].text
        kept[0] = replace(kept[0], text=text[:1].upper() + text[1:])
    return tuple(kept)


def bare(word: Word) -> Word:
    """`word` without the punctuation behind it."""
    return replace(word, text=_TAIL.sub("", word.text) or word.text)
