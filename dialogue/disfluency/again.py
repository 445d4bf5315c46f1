"""What is said again at once, whole or changed: "a scarf, a red scarf", "since five, since six"."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from dialogue.disfluency.scene import ARTICLES, FUNCTION, PREPOSITIONS, Fit
from dialogue.disfluency.values import NUMBERS, Kind, values
from dialogue.disfluency.words import Word


def refined(words: Sequence[Word], at: int) -> Fit | None:
    """A thing named at `at` and named again at once with more to it: "a scarf, a red scarf"."""
    resume = at + 2
    if resume + 2 >= len(words) or words[at].core not in ARTICLES or not words[at + 1].pauses:
        return None
    if words[resume].core != words[at].core or words[resume + 1].breaks:
        return None
    if words[resume + 2].core != words[at + 1].core:
        return None
    return Fit(at, resume, resume, resume, resume, resume)


def completed(words: Sequence[Word], at: int) -> Fit | None:
    """A name at `at` that is said again at once, whole: "Noel, Noel Waite"."""
    resume = at + 1
    if resume + 1 >= len(words) or not words[at].pauses or not words[at].is_capital:
        return None
    if words[resume].core != words[at].core or words[resume].breaks or len(words[at].core) == 1:
        return None
    if not words[resume + 1].core.isalpha() or words[resume + 1].core in FUNCTION:
        return None
    return Fit(at, resume, resume, resume, resume, resume)


def numbered_again(words: Sequence[Word], at: int) -> Fit | None:
    """Another number of the same at once: "year four, year five"."""
    noun = words[at].core
    if not noun.isalpha() or len(noun) < 3 or noun in FUNCTION | NUMBERS | {"number"}:
        return None
    return None if words[at].breaks else _another(words, at, (Kind.NUMBER, Kind.CODE))


def placed_again(words: Sequence[Word], at: int) -> Fit | None:
    """Another value behind the same preposition at once: "since five, since six"."""
    return _another(words, at, tuple(Kind)) if words[at].core in PREPOSITIONS else None


def _another(words: Sequence[Word], at: int, kinds: Collection[Kind]) -> Fit | None:
    """The word at `at` and a value, paused behind, and at once the word and another such value.

    Two of more are a list: "from five, from six and from seven".
    """
    found = values(words)
    old = next((v for v in found if v.start == at + 1 and v.kind in kinds), None)
    if old is None or not words[old.end - 1].pauses:
        return None
    resume = old.end
    new = next((v for v in found if v.start == resume + 1), None)
    if new is None or words[resume].core != words[at].core or not old.matches(new):
        return None
    following = words[new.end].core if new.end < len(words) else ""
    if following in ("and", "or", words[at].core):
        return None
    return Fit(at, resume, resume, resume, resume, resume)
