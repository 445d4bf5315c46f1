"""Values taken back by naming them again: "the tenth, not the tenth, the twelfth"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dialogue.disfluency.scene import DETERMINERS, OPENERS, PREPOSITIONS, Fit
from dialogue.disfluency.words import Word, cores

_OPENINGS: Final = (("not",), ("did", "i", "say"), ("i", "said"))
_LEADS: Final = frozenset("no well oh wait sorry".split())
_CARRIERS: Final = (("i", "meant"), ("i", "mean"), ("it's",), ("it", "is"))
_LINKS: Final = frozenset("not to if whether".split())
_SAID_OF_ALL: Final = frozenset(("one", "ones"))
_LONGEST: Final = 5
_FARTHEST: Final = 12


def denied(words: Sequence[Word], at: int) -> Fit | None:
    """ "Not" or "did I say" at `at`, with what it names again, and what counts instead."""
    opening = next((o for o in _OPENINGS if cores(words[at : at + len(o)]) == o), None)
    if opening is None or at < 2:
        return None
    cue = at
    while cue > 1 and words[cue - 1].core in _LEADS:
        cue -= 1
    if opening == ("not",) and (again := _at_once(words, at, cue)):
        return again
    if not words[at - 1].breaks:
        return None
    named = at + len(opening)
    resume = _break(words, named)
    taken_back = [core for core in cores(words[named:resume]) if core not in _SAID_OF_ALL]
    resume = _led(words, resume)
    if resume >= len(words) or words[resume].core in OPENERS or len(taken_back) > _LONGEST:
        return None
    while taken_back and taken_back[0] in DETERMINERS | PREPOSITIONS:
        taken_back.pop(0)
    start = _said_before(words, cue, taken_back)
    stop = _break(words, resume)
    if start is None or stop - resume > _LONGEST:
        return None
    end = start + len(taken_back)
    start, end = _whole(words, start, end, cue, resume, stop)
    if end < cue and words[end - 1].breaks and words[end].is_capital:
        # "In Portland, Maine, not Portland, Oregon."
        return None
    if words[resume].core in PREPOSITIONS and words[start].core not in PREPOSITIONS:
        # "Thursday, not Wednesday, at five": nothing that stands for either.
        return None
    return Fit(start, end, cue, resume, stop, stop)


def _at_once(words: Sequence[Word], at: int, cue: int) -> Fit | None:
    """The last words denied as they were said: "a piano, well, not a piano, a keyboard"."""
    for length in range(_LONGEST, 0, -1):
        start, resume = cue - length, at + 1 + length
        said = cores(words[at + 1 : resume])
        resume = _led(words, resume)
        if start < 1 or resume >= len(words) or said != cores(words[start:cue]):
            continue
        if words[resume].core in OPENERS | {"but", "and", "or"} or words[start].core in _LINKS:
            return None
        return Fit(start, cue, cue, resume, resume, resume)
    return None


def _led(words: Sequence[Word], at: int) -> int:
    """Where what counts begins behind "sorry" and "I meant"."""
    while at < len(words) and words[at].core in _LEADS and words[at].breaks:
        at += 1
    carrier = next((c for c in _CARRIERS if cores(words[at : at + len(c)]) == c), ())
    return at + len(carrier)


def _break(words: Sequence[Word], at: int) -> int:
    """Where the words from `at` on come to a pause."""
    return next((i + 1 for i in range(at, len(words)) if words[i].breaks), len(words))


def _said_before(words: Sequence[Word], cue: int, said: Sequence[str]) -> int | None:
    if not said:
        return None
    starts = range(cue - len(said), max(-1, cue - _FARTHEST), -1)
    return next((i for i in starts if cores(words[i : i + len(said)]) == tuple(said)), None)


def _whole(
    words: Sequence[Word], start: int, end: int, cue: int, resume: int, stop: int
) -> tuple[int, int]:
    """What is replaced: as much before and behind the denied words as the repair says again."""
    last = words[stop - 1].core
    again = [i for i in range(end, cue) if words[i].core == last]
    if again:
        end = again[0] + 1
    first = words[resume].core
    if start and words[start - 1].core == first and not words[start - 1].breaks:
        return start - 1, end
    for kind in (DETERMINERS, PREPOSITIONS):
        if first not in kind:
            continue
        near = [i for i in range(start - 1, max(-1, start - 4), -1) if words[i].core in kind]
        if near and not any(word.breaks for word in words[near[0] : start]):
            start = near[0]
    return start, end
