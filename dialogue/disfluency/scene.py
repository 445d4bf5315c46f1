"""The words around an interregnum: what may be taken back, and what may stand in its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dialogue.disfluency.cues import FILLERS, Cue
from dialogue.disfluency.values import NUMBERS, Kind, Value, values
from dialogue.disfluency.words import Word

PREPOSITIONS: Final = frozenset(
    """to from for on at in by of with under until till before after around about near into onto
    via than between since""".split()
)
DETERMINERS: Final = frozenset(
    "a an the my your his her our their its this that these those some any another".split()
)
_SUBJECTS: Final = frozenset(
    """i we you he she it they i'd i'll i'm i've we'd we'll we're we've he's she's it's there
    there's they're that's""".split()
)
OPENERS: Final = _SUBJECTS | frozenset(
    """can could would will is are was were do does did have has may should what what's when when's
    where where's who who's how why which please let's let book cancel""".split()
)
# What one begins a turn with before there is anything to take back: "well, no, I do not".
DISCOURSE: Final = frozenset(
    """well yes yeah yep oh ok okay hi hello hey so and but right no nope sure thanks ah look
    actually sorry wait then please""".split()
)
GREETINGS: Final = frozenset("morning afternoon evening hiya cheers love mate good".split())
TRAILERS: Final = frozenset("please thanks then instead actually".split())
_REACH: Final = 14
_STEM: Final = 5
_CLOSED: Final = (Kind.DAY, Kind.DATE, Kind.TIME, Kind.NUMBER)
ARTICLES: Final = DETERMINERS - {"this", "that", "these", "those"}
FUNCTION: Final = (
    OPENERS | PREPOSITIONS | ARTICLES | frozenset("and but or so if because not be been".split())
) - {"please", "book", "cancel", "in", "on", "right"} | {"in", "on"}


@dataclass(frozen=True, slots=True)
class Fit:
    """A repair: `start` to `end` is taken back and `resume` to `stop` stands there instead.

    `end` to `cue` stays, behind the repair; `cue` to `resume` is the interregnum, and so is what
    lies between `stop` and `after`. All are places of words, ends exclusive.
    """

    start: int
    end: int
    cue: int
    resume: int
    stop: int
    after: int

    def order(self, count: int) -> list[int]:
        """The places of the words that stand, in their new order."""
        return [
            *range(self.start),
            *range(self.resume, self.stop),
            *range(self.end, self.cue),
            *range(self.after, count),
        ]

    def block(self, count: int) -> tuple[int, int] | None:
        """What is left out of `count` words, where it stands together and nothing is moved."""
        order = self.order(count)
        left = next((at for at, place in enumerate(order) if place != at), len(order))
        resume = count - len(order) + left
        return (left, resume) if order[left:] == list(range(resume, count)) else None


@dataclass(frozen=True)
class Scene:
    """The words around one interregnum: `begin` to `cue` before it, `resume` to `limit` behind."""

    words: Sequence[Word]
    values: tuple[Value, ...]
    begin: int
    sentence: int
    cue: int
    resume: int
    limit: int
    strong: bool
    marked: bool

    @staticmethod
    def of(words: Sequence[Word], cue: Cue) -> Scene | None:
        start, resume = cue.start, cue.end
        before = {word.core for word in words[:start]}
        # "no, not ibuprofen, paracetamol", and "not apples, sorry, pears".
        behind = words[resume : resume + 2]
        if len(behind) == 2 and behind[0].core == "not" and behind[1].breaks:
            resume += 2 * (behind[1].core in before)
        if start > 2 and words[start - 2].core == "not":
            start -= 2 * (words[start - 1].core in {word.core for word in words[: start - 2]})
        written = any(word.breaks for word in words[:-1])
        # "Tuesday, no problem": a "no" that leans on what follows denies it.
        follows = words[resume].core if resume < len(words) else ""
        leans = (
            cue.denies
            and not words[resume - 1].breaks
            and follows not in PREPOSITIONS | ARTICLES
            and not _names_again(words, start, resume)
        )
        marked = not written or words[start - 1].breaks or words[resume - 1].breaks
        if not marked and not cue.strong:
            return None
        if all(word.core in DISCOURSE | FILLERS for word in words[:start]):
            return None
        limit = next((i + 1 for i in range(resume, len(words)) if words[i].stops), len(words))
        sentence = sentence_start(words, start)
        return Scene(
            words,
            values(words),
            max(0, start - _REACH),
            sentence,
            start,
            resume,
            limit,
            cue.strong and not leans,
            marked and not leans,
        )

    def core(self, at: int) -> str:
        return self.words[at].core if 0 <= at < len(self.words) else ""

    def value_at(self, at: int) -> Value | None:
        return next((value for value in self.values if value.start == at), None)

    def values_before(self) -> list[Value]:
        """The values before the interregnum, the nearest first."""
        return [v for v in reversed(self.values) if self.begin <= v.start and v.end <= self.cue]

    def value_before(self, end: int) -> Value | None:
        """The value that ends before word `end`."""
        return next((value for value in self.values_before() if value.end == end), None)

    def short(self, at: int) -> bool:
        """Whether the sentence behind the interregnum is over at `at`, but for a "please"."""
        return all(self.core(i) in TRAILERS for i in range(at, self.limit))

    def block(self, start: int, resume: int) -> Fit:
        """All from `start` on is taken back, and an article that the repair does without."""
        article = start > self.begin and self.core(start - 1) in ("a", "an")
        if article and self.core(resume) in NUMBERS | {"half", "some", "the", "my"}:
            start -= 1
        return Fit(start, self.cue, self.cue, resume, resume, resume)


def _names_again(words: Sequence[Word], cue: int, resume: int) -> bool:
    """Whether a value ends in a pause behind the cue, and one of its kind stands before it.

    "Two nights, no three, in a double room": a "no" that denied would have more to deny.
    """
    found = values(words)
    new = next((v for v in found if v.start == resume), None)
    if new is None or new.kind not in _CLOSED or not words[new.end - 1].breaks:
        return False
    return any(v.matches(new) for v in found if v.end <= cue)


def sentence_start(words: Sequence[Word], at: int) -> int:
    """Where the sentence that ends before `at` begins."""
    begin = at - 1
    while begin > 0 and not words[begin - 1].stops:
        begin -= 1
    return max(begin, 0)


def same(a: str, b: str) -> bool:
    """Whether a repair that begins with `b` may retrace `a`: the same word, or an article each."""
    return a == b or (a in ARTICLES and b in ARTICLES)


def same_noun(one: str, other: str, longest_ending: int) -> bool:
    """Whether two words are one but for endings of so many letters: "night" and "nights"."""
    stem = min(len(one), len(other), _STEM)
    alike = stem > 2 and one[:stem] == other[:stem]
    return alike and abs(len(one) - len(other)) <= longest_ending
