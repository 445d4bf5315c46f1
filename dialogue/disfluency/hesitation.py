"""Fillers, broken-off words, repetitions and false starts: what no editing phrase announces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dialogue.disfluency.cues import FILLERS, begins_cue
from dialogue.disfluency.scene import (
    ARTICLES,
    FUNCTION,
    OPENERS,
    PREPOSITIONS,
    Fit,
    same,
    sentence_start,
)
from dialogue.disfluency.values import NUMBERS, SINGLE, Kind, values
from dialogue.disfluency.words import Word, cores

# Rightly said twice: "very, very good", "I know that that is so", "he had had enough".
_SAID_TWICE: Final = frozenset(
    """very really so many much more too no yes yeah okay ok bye well now long far that had her
    there please never ever again over always hello hi ha knock""".split()
)
_JOINING: Final = frozenset("and or but if because just not when whenever while".split())
_LEADING: Final = ARTICLES | PREPOSITIONS | OPENERS | _JOINING
"""Words that lean on what follows: nothing is meant by a pause behind them."""
_ASIDES: Final = tuple(
    tuple(phrase.split())
    for phrase in (
        "like",
        "well",
        "you know",
        "what's it called",
        "let me see",
        "let me think",
        "let me check",
        "let me look",
        "how do you say",
        "how you say",
        "how do you call it",
        "what do you call it",
        "sort of",
        "kind of",
        "what",
    )
)
_LONGEST_REPEAT: Final = 5
_LONGEST_START: Final = 5
_LONGEST_RETRACE: Final = 6
_BROKEN_BEFORE: Final = ARTICLES | PREPOSITIONS | frozenset("and is are".split())


def filler(words: Sequence[Word], at: int) -> Fit | None:
    """A filler at `at`, with what it interrupted where that was then said anew."""
    end = _filler_end(words, at)
    if end == at:
        return None
    if at > 0 and end < len(words):
        for way in (corrected, retraced, counted, extended, abandoned, anew):
            if found := way(words, at, end):
                return found
    return Fit(at, end, end, end, end, end)


def _filler_end(words: Sequence[Word], at: int) -> int:
    end = at
    while end < len(words) and words[end].core in FILLERS:
        end += 1
    aside = end > 0 and words[end - 1].pauses
    for phrase in _ASIDES if aside else ():
        behind = end + len(phrase)
        if cores(words[end:behind]) == phrase and behind < len(words) and words[behind - 1].pauses:
            return behind
    return end


def corrected(words: Sequence[Word], at: int, resume: int) -> Fit | None:
    """Two values of one kind with no more than a hesitation between them: the second counts."""
    found = values(words)
    new = next((v for v in found if v.start == resume), None)
    start = at
    lead = resume
    last = min(resume + 2, len(words))
    while new is None and lead < last and words[lead].core in ARTICLES | PREPOSITIONS:
        lead += 1
        new = next((v for v in found if v.start == lead), None)
    old = next((v for v in found if v.end == at), None)
    if new is None or old is None or not old.matches(new) or words[at - 1].stops:
        return None
    if new.start > resume:
        start = old.start - (lead - resume)
        if start < 0 or cores(words[start : old.start]) != cores(words[resume:lead]):
            return None
    else:
        start = old.start
        if new.kind not in (Kind.DAY, Kind.DATE, Kind.TIME, Kind.NUMBER, Kind.NAME, Kind.CHOICE):
            return None
        if new.kind is Kind.NUMBER and (_dictated(words, old.start) or _dictated(words, new.start)):
            return None
        last = new.kind is Kind.NUMBER and new.end == len(words)
        if last and not _differs_once(words[at - 1].core, words[resume].core):
            return None
    return Fit(start, at, at, resume, resume, resume)


def _differs_once(one: str, other: str) -> bool:
    """Whether two numbers differ by one digit: "88, um, 89"."""
    return (
        (one + other).isdigit()
        and len(one) == len(other) > 1
        and sum(a != b for a, b in zip(one, other, strict=True)) == 1
    )


def _dictated(words: Sequence[Word], at: int) -> bool:
    """Whether the number at `at` is one of several digits in a row: "five five five"."""
    if words[at].core not in SINGLE:
        return False
    near = [words[i].core in SINGLE for i in (at - 1, at + 1) if 0 <= i < len(words)]
    return any(near) or words[at].core in ("zero", "oh", "double")


def retraced(words: Sequence[Word], at: int, resume: int) -> Fit | None:
    """The last words said again with one or more in another's place.

    "Building B, uh, building D", "three yards of, uh, three metres of", "starts at nine and ends
    at, er, starts at ten".
    """
    begin = sentence_start(words, at)
    for start in range(at - 2, max(begin, at - _LONGEST_RETRACE) - 1, -1):
        length = at - start
        old, new = cores(words[start:at]), cores(words[resume : resume + length])
        if min(len(old), len(new)) < 2 or old[0] != new[0] or any(w.stops for w in words[start:at]):
            continue
        if old[1] == new[1] or (old[-1] == new[-1] and len(old) == len(new)):
            return Fit(start, at, at, resume, resume, resume)
        if length == 2 and _is_value_again(words, at - 1, resume + 1):
            return Fit(start, at, at, resume, resume, resume)
    return None


def _is_value_again(words: Sequence[Word], old: int, new: int) -> bool:
    found = values(words)
    before = next((v for v in found if v.start == old), None)
    after = next((v for v in found if v.start == new), None)
    return before is not None and after is not None and before.matches(after)


def counted(words: Sequence[Word], at: int, resume: int) -> Fit | None:
    """Another number of the same thing: "an hour, uh, two hours"."""
    new = next((v for v in values(words) if v.start == resume), None)
    if new is None or new.kind is not Kind.NUMBER or new.end >= len(words) or at < 2:
        return None
    noun, again = (words[i].core.removesuffix("s") for i in (at - 1, new.end))
    number = words[at - 2].core
    if noun != again or not (number in NUMBERS | {"a", "an"} or number.isdigit()):
        return None
    return Fit(at - 2, at, at, resume, resume, resume)


def extended(words: Sequence[Word], at: int, resume: int) -> Fit | None:
    """The last phrase said again with more to it: "my wife, uh, my ex-wife"."""
    first = words[resume].core
    # "The grey sofa, the, uh, the green sofa": the article was tried before.
    end = at - (at > 1 and words[at - 1].core == first)
    if first not in ARTICLES | PREPOSITIONS or not words[end - 1].pauses:
        return None
    for start in range(end - 2, max(end - 4, -1), -1):
        old = words[end - 1].core
        if same(words[start].core, first):
            new = [word.core for word in words[resume + 1 : resume + 4]]
            if any(word == old or word.endswith(f"-{old}") for word in new):
                return Fit(start, at, at, resume, resume, resume)
    return None


def anew(words: Sequence[Word], at: int, resume: int) -> Fit | None:
    """A sentence begun anew with its first word, naming again all that it named."""
    begin = sentence_start(words, at)
    if _subject(words[begin]) != _subject(words[resume]) or words[resume].core not in OPENERS:
        return None
    if at - begin > _LONGEST_START or at == begin:
        return None
    found = values(words)
    limit = next((i + 1 for i in range(resume, len(words)) if words[i].stops), len(words))
    said = [v for v in found if begin <= v.start and v.end <= at]
    again = [v for v in found if resume <= v.start and v.end <= limit]
    if not all(any(v.matches(other) for other in again) for v in said):
        return None
    return Fit(begin, at, at, resume, resume, resume)


def _subject(word: Word) -> str:
    """ "I" of "I'd"."""
    return word.core.partition("'")[0]


def abandoned(words: Sequence[Word], at: int, resume: int) -> Fit | None:
    """A sentence that broke off at a word that cannot end one: "Is there a, do you have"."""
    if words[at - 1].core not in _BROKEN_BEFORE or not words[at - 1].pauses:
        return None
    if words[resume].core not in OPENERS or words[resume].core == "please":
        return None
    if begins_cue(words, resume):
        return None
    begin = sentence_start(words, at)
    if at - begin > _LONGEST_START or at == begin:
        return None
    return Fit(begin, at, at, resume, resume, resume)


def fragment(words: Sequence[Word], at: int) -> Fit | None:
    """A word broken off at `at`: "Wedn- Wednesday"."""
    if not words[at].is_fragment or at + 1 >= len(words) or words[at + 1].core in ("and", "or"):
        return None
    return Fit(at, at + 1, at + 1, at + 1, at + 1, at + 1)


def repetition(words: Sequence[Word], at: int) -> Fit | None:
    """Words at `at` that are said again at once."""
    for length in range(min(_LONGEST_REPEAT, (len(words) - at) // 2), 0, -1):
        first = words[at : at + length]
        if not _same(first, words[at + length : at + 2 * length]):
            continue
        if any(word.stops for word in first):
            continue
        if not _idle(first, length) and not _counted(words, at, length):
            continue
        resume = at + length
        return Fit(at, resume, resume, resume, resume, resume)
    return None


def _same(said: Sequence[Word], again: Sequence[Word]) -> bool:
    """Whether it is said again; as in "as a, as an", and "my battery, my battery's dead"."""
    first, second = (["a" if word.core == "an" else word.core for word in w] for w in (said, again))
    return first[:-1] == second[:-1] and (
        first[-1] == second[-1] or (len(first) > 1 and second[-1] == first[-1] + "'s")
    )


def _idle(said: Sequence[Word], length: int) -> bool:
    """Whether saying the words twice means no more than saying them once."""
    first = said[0].core
    if not first or first in NUMBERS or not first[0].isalpha():
        return False
    if length == 1 and first in _SAID_TWICE:
        return False
    if first in FUNCTION | _JOINING:
        return length > 1 or not said[0].pauses or first in _LEADING
    if any(word.is_capital for word in said[1:] if word.core != "i"):
        return False
    if any((len(w.core) == 1 and w.core not in ("i", "a")) or w.core in NUMBERS for w in said):
        return False
    return (length > 1 or not said[0].pauses) and not (length == 1 and said[0].is_capital)


def _counted(words: Sequence[Word], at: int, length: int) -> bool:
    """Whether it is one number said twice before what it counts: "two, two coffees"."""
    if length > 1 or at + 2 >= len(words) or words[at].core not in NUMBERS:
        return False
    if not words[at].pauses or words[at + 1].breaks:
        return False
    after = words[at + 2].core
    before = words[at - 1].core if at else ""
    return not {before, after} & NUMBERS and len(after) > 1 and after[0].isalpha()


def false_start(words: Sequence[Word], at: int) -> Fit | None:
    """A sentence begun at `at` and begun anew at once: "I want to book, I want to cancel"."""
    if (at != 0 and not words[at - 1].stops) or (at and begins_cue(words, at)):
        return None
    for resume in range(at + 2, min(at + _LONGEST_START + 1, len(words) - 1)):
        if not words[resume - 1].pauses:
            continue
        again = cores(words[at : at + 2]) == cores(words[resume : resume + 2])
        whole = not any(word.breaks for word in words[at : resume - 1])
        if again and whole and words[at].core in OPENERS:
            return Fit(at, resume, resume, resume, resume, resume)
        if found := abandoned(words, resume, resume):
            return found
    return None
