"""Interregna: the words between what is taken back and what stands in its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dialogue.disfluency.words import Word

FILLERS: Final = frozenset("um uh er erm uhm umm uhh ehm hm hmm ah eh ahh ahm".split())

_STRONG: Final = tuple(
    tuple(phrase.split())
    for phrase in (
        "i mean",
        "i meant",
        "make that",
        "make it",
        "and make that",
        "and make it",
        "let's do",
        "let's say",
        "let's go with",
        "let's go for",
        "let's make it",
        "let's make that",
        "scratch that",
        "strike that",
        "scrap that",
        "correction",
        "or rather",
        "rather",
        "or actually",
        "or no",
        "or wait",
        "or sorry",
        "or make that",
        "or maybe",
        "or let's say",
        "or was it",
        "on second thought",
        "on second thoughts",
        "forget that",
        "forget it",
        "or should i say",
        "or better",
        "what am i saying",
        "what i meant",
        "no wait",
        "no sorry",
        "no no",
        "wait no",
        "oh no",
        "oops",
        "my mistake",
        "my bad",
        "excuse me",
        "pardon me",
        "not that",
        "let me rephrase",
        "let me start over",
        "you know what",
        "or you know what",
        "that's wrong",
        "that's not right",
        "that's too late",
        "that's too early",
        "that's too many",
        "that's too much",
        "never mind",
        "nevermind",
        "i beg your pardon",
        "i tell a lie",
        "tell a lie",
        "better say",
        "how you say",
        "what am i talking about",
        "silly me",
        "force of habit",
    )
)
_WEAK: Final = tuple(
    tuple(phrase.split())
    for phrase in (
        "no",
        "nope",
        "wait",
        "oh wait",
        "sorry",
        "i'm sorry",
        "oh sorry",
        "actually",
        "no actually",
        "well",
        "well actually",
        "hang on",
        "hold on",
        "oh hang on",
        "oh hold on",
        "let me check",
        "let me see",
        "let me think",
        "let me look",
        "nah",
        "oh",
        "or",
        "more like",
        "instead",
        "it was",
        "pardon",
        "apologies",
        "whoops",
        # "No" and "wait" as recognisers mishear them.
        "yo",
        "await",
        "no await",
        "no weight",
        "now wait",
    )
)
# Of use only beside others: "or" alone is a choice, "well" alone says nothing.
_EMPTY: Final = frozenset(
    (("or",), ("oh",), ("well",), ("more", "like"), ("it", "was"), ("instead",))
)
# "He said no", "is there really no train", "I'm sorry", "I'd rather": parts of a sentence.
_GOVERNS: Final = {
    "no": frozenset(
        """said say says tell told him her them me is are was were there's there have has had got
        really with like want wants need needs mean means of at in on to for by and or if but take
        make get see be been still almost absolutely""".split()
    ),
    "sorry": frozenset("i'm so very am said say are feel be".split()),
    "rather": frozenset("i'd we'd he'd she'd they'd you'd would much".split()),
    "actually": frozenset("i we you it's that's is are was can do".split()),
    "wait": frozenset("can could please i to will i'll you should we don't must long".split()),
    "i": frozenset("what do if did when".split()),
    "make": frozenset("to can you we i'll".split()),
    "hold": frozenset("a the your this to can please could".split()),
    "well": frozenset("as very so go went do doing it works work".split()),
}
_CALENDAR: Final = frozenset("today tomorrow tonight make at on for in the a my".split())
_OBJECTS: Final = frozenset("me us him her them it you".split())
_DIGITS: Final = frozenset("oh one two three four five six seven eight nine".split())
_PHRASES: Final = sorted((*_STRONG, *_WEAK), key=len, reverse=True)
_BY_FIRST: Final = {
    first: [phrase for phrase in _PHRASES if phrase[0] == first]
    for first in {phrase[0] for phrase in _PHRASES}
}


@dataclass(frozen=True, slots=True)
class Cue:
    """Words `start` to `end` (exclusive) may be an interregnum.

    A `strong` one announces a repair by itself; after others what follows must show it.
    """

    start: int
    end: int
    strong: bool
    denies: bool
    """Whether it has "no" as its last word, which may as well deny what follows."""


def cues(words: Sequence[Word]) -> tuple[Cue, ...]:
    """The interregna that may be in `words`, in order; none at the very start."""
    found: list[Cue] = []
    at = 1
    while at < len(words):
        cue = _cue(words, at)
        if cue is None:
            at += 1
        else:
            found.append(cue)
            at = cue.end
    return tuple(found)


def _cue(words: Sequence[Word], at: int) -> Cue | None:
    """The longest run of editing phrases and fillers from `at` on."""
    cores = [word.core for word in words[at : at + 12]]
    if _governed(words, at):
        return None
    taken: list[tuple[str, ...]] = []
    end = 0
    while end < len(cores):
        if cores[end] in FILLERS:
            end += 1
            continue
        for phrase in _BY_FIRST.get(cores[end], ()):
            if tuple(cores[end : end + len(phrase)]) == phrase and not (
                len(phrase) > 1 and words[at + end + len(phrase) - 2].stops
            ):
                break
        else:
            break
        if phrase == ("or",) and not taken and end + 1 < len(cores) and _plain(cores[end + 1 :]):
            break
        # "No, oh five five": the nought of a number.
        if phrase == ("oh",) and taken and cores[end + 1 : end + 2] and _nought(words, at + end):
            break
        taken.append(phrase)
        end += len(phrase)
    telling = [phrase for phrase in taken if phrase not in _EMPTY]
    if not telling:
        return None
    strong = any(phrase in _STRONG for phrase in telling) or len(telling) > 1
    return Cue(at, at + end, strong, cores[end - 1] == "no")


def _nought(words: Sequence[Word], at: int) -> bool:
    return not words[at].breaks and words[at + 1].core in _DIGITS


def _governed(words: Sequence[Word], at: int) -> bool:
    """Whether the word at `at` belongs to the words before it."""
    before, word = words[at - 1], words[at]
    if word.core == "actually" and _is_adverb(words, at):
        return True
    if word.core == "rather" and at + 1 < len(words) and words[at + 1].core == "than":
        return True
    behind = [following.core for following in words[at + 1 : at + 3]]
    if word.core == "wait" and behind[:1] == ["for"] and not _OBJECTS.isdisjoint(behind):
        return True
    if word.core == "i" and at + 2 < len(words) and words[at + 2].core in ("is", "it"):
        return not words[at + 1].breaks
    if word.core == "no" and word.text[0] == "N" and not before.breaks:
        return True
    return not before.breaks and before.core in _GOVERNS.get(word.core, ())


def _is_adverb(words: Sequence[Word], at: int) -> bool:
    """ "My dog actually ate it.": no pause where pauses are written, and no value behind.

    Or a word of a title: "Love Actually".
    """
    if words[at - 1].breaks:
        return False
    if words[at].is_capital and words[at - 1].is_capital:
        return True
    if words[at].breaks or not words[-1].stops or at + 1 == len(words):
        return False
    following = words[at + 1]
    plain = following.core.isalpha() and not following.is_capital
    return plain and not words[at - 1].is_capital and following.core not in _CALENDAR | _DIGITS


def _plain(cores: Sequence[str]) -> bool:
    """Whether what follows "or" is no editing phrase, so that it is a choice."""
    rest = [core for core in cores if core not in FILLERS]
    return not any(tuple(rest[: len(phrase)]) == phrase for phrase in _PHRASES)


def begins_cue(words: Sequence[Word], at: int) -> bool:
    """Whether an interregnum may begin at `at`."""
    return at < len(words) and _cue(words, at) is not None
