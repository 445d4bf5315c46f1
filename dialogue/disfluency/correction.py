"""A turn that corrects something said earlier: "actually make it three", "no, I said Wednesday"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dialogue.disfluency.cues import FILLERS
from dialogue.disfluency.stage import repair
from dialogue.disfluency.values import Kind, Value, values
from dialogue.disfluency.words import Word, split

_OPENINGS: Final = tuple(
    sorted(
        (
            tuple(phrase.split())
            for phrase in (
                "no",
                "nope",
                "actually",
                "sorry",
                "i'm sorry",
                "wait",
                "hang on",
                "hold on",
                "i mean",
                "i meant",
                "i said",
                "make it",
                "make that",
                "let's make it",
                "let's make that",
                "let's say",
                "can you make it",
                "can you make that",
                "could you make it",
                "could you make that",
                "can we make it",
                "could we make it",
                "change it to",
                "change that to",
                "can you change it to",
                "can you change that to",
                "could you change it to",
                "could you change that to",
                "correction",
                "rather",
                "or rather",
                "scratch that",
                "that's wrong",
                "better",
                "my mistake",
            )
        ),
        key=len,
        reverse=True,
    )
)
_BEFORE: Final = FILLERS | frozenset("oh ok okay well yes yeah but and so please".split())
_LEAD: Final = frozenset(
    """it's it that's is was should be i i'd i'll we we're want wanted need said meant like have
    would the a an at on in for to from of under by not""".split()
)
_WISHES: Final = frozenset("i'd we'd would should he'd she'd they'd".split())
_AFTER: Final = frozenset("please instead then thanks thank you though sorry actually".split())
_COUNTED: Final = frozenset(
    """people persons guests adults children kids tickets rooms nights days seats boxes pieces
    tables hours minutes euros dollars pounds bottles packs items copies""".split()
)


@dataclass(frozen=True, slots=True)
class Correction:
    """The value that now counts, and, where it was named, the one that does not any more.

    `kind` says which slots it may be for: a day, a time, a number, a name, ... `counted` is what
    a number counts: "people".
    """

    kind: Kind
    value: str
    replaced: str | None = None
    counted: str | None = None


def corrections(text: str) -> tuple[Correction, ...]:
    """What `text`, a caller's whole turn, corrects of what was said in earlier turns.

    Empty where it opens with no correcting phrase or says anything more than values: a false
    correction would change a booking, a missed one is asked about.
    """
    words = tuple(word for word in split(repair(text).text) if word.core)
    at = _opening_end(words)
    if at is None:
        return ()
    found = [value for value in values(words) if value.start >= at]
    replaced = _denied(words, found, at)
    kept = [value for value in found if value not in replaced]
    counted: dict[int, str] = {}
    covered = {i for value in found for i in range(value.start, value.end)}
    for i in range(at, len(words)):
        if words[i].core == "like" and words[i - 1].core not in _WISHES:
            return ()
        if i in covered or words[i].core in _LEAD | _AFTER | FILLERS:
            continue
        if i - 1 in covered and words[i].core in _COUNTED:
            counted[i] = words[i].core
            continue
        return ()
    return tuple(
        Correction(
            value.kind,
            _said(words, value),
            next((_said(words, old) for old in replaced if old.matches(value)), None),
            counted.get(value.end),
        )
        for value in kept
    )


def _opening_end(words: Sequence[Word]) -> int | None:
    """Where the phrases that announce a correction end; None where there are none."""
    at, announced = 0, False
    while at < len(words):
        phrase = next((p for p in _OPENINGS if _spells(words, at, p)), None)
        if phrase is not None:
            at, announced = at + len(phrase), True
        elif words[at].core in _BEFORE:
            at += 1
        else:
            break
    if not announced and _contrasts(words, at):
        return at
    if not announced or at >= len(words):
        return None
    # "No Smith here": a "no" that leans on a name denies it.
    leans = words[at - 1].core == "no" and not words[at - 1].breaks and words[at].is_capital
    return None if leans and not _is_closed(words, at) else at


def _is_closed(words: Sequence[Word], at: int) -> bool:
    """Whether the value at `at` is of a kind that "no" hardly denies: a day, a time, a date."""
    kinds = (Kind.DAY, Kind.DATE, Kind.TIME)
    return any(value.start == at and value.kind in kinds for value in values(words))


def _spells(words: Sequence[Word], at: int, phrase: tuple[str, ...]) -> bool:
    return tuple(word.core for word in words[at : at + len(phrase)]) == phrase


def _contrasts(words: Sequence[Word], at: int) -> bool:
    """Whether it sets one value against another: "it's Miller, not Muller", "not two, three"."""
    return any(word.core == "not" for word in words[at:]) and len(values(words)) > 1


def _denied(words: Sequence[Word], found: Sequence[Value], at: int) -> list[Value]:
    """The values behind a "not", where another of their kind stands beside them."""
    denied = [
        value
        for value in found
        if any(
            word.core == "not" and all(w.core in _LEAD for w in words[i : value.start])
            for i, word in enumerate(words)
            if at <= i < value.start
        )
    ]
    return [
        value
        for value in denied
        if any(other.matches(value) for other in found if other not in denied)
    ]


def _said(words: Sequence[Word], value: Value) -> str:
    """The value as it was written, without punctuation around it."""
    return " ".join(
        word.text.strip(".,;:!?\"'\u2026\u2014\u2013") for word in words[value.start : value.end]
    )
