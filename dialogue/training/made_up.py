"""Self-repairs made up of written requests: one value said first, another one meant.

The reparandum is a value that another request has in a slot of the same kind, or this one's with
a word changed; a cue follows, and the speaker begins again at the value or some words before.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dialogue.disfluency.changes import LONGEST_REPAIR, LONGEST_REPLACED, Block
from dialogue.disfluency.words import cores, split
from dialogue.mentions import head_of, kind_of
from dialogue.training.blocks import Said

_CUES: Final = (
    "no|no|no|sorry|sorry|no sorry|I mean|wait|no wait|or rather|actually|make that|er no|um no|"
    "scratch that|hang on|no hang on|I meant|sorry I mean|or no|no no|wait no|oh no|my mistake|"
    "correction|what am I saying|no tell a lie|oops|let's say|no make that|actually no|well|"
    "no actually|oh wait|or should I say|rather|not that|I should say|excuse me|hold on|"
    "no hold on|no I mean|sorry no|oh sorry"
).split("|")
_FILLERS: Final = ("um", "uh", "er", "erm")
_NUMBERS: Final = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "twenty thirty forty fifty"
).split()
_MARKS: Final = ".,?!;"
_TRIES: Final = 1000
_LATER: Final = 0.35
_LATER_CUES: Final = (
    "make that|make it|could you make that|can you make it|actually make it|let's say|"
    "let's make it|so|it's|that should be|sorry could you make it|I mean|I meant|sorry I meant|"
    "no sorry|wait no|better make it|better make that|hang on|oh hang on make that|"
    "oh and make that|did I say WRONG|did I say WRONG I meant|not WRONG|sorry not WRONG|"
    "no not WRONG|or rather|oh sorry|no"
).split("|")
_LATER_ENDS: Final = "instead|please|then|not WRONG|sorry|I mean|not WRONG sorry|rather".split("|")
"""What a speaker puts right with at the end of a request, before and behind what was meant; WRONG
stands for what was said first."""


@dataclass(frozen=True)
class _Request:
    """The written words of a request, and where each slot's value stands."""

    words: list[str]
    slots: list[tuple[str, Block]]

    @property
    def is_punctuated(self) -> bool:
        return any(word[-1] in _MARKS for word in self.words)


class MadeUp:
    """A source of requests with self-repairs that nobody wrote."""

    def __init__(self, rows: Sequence[Mapping[str, object]], chance: random.Random) -> None:
        """`rows` are requests with what was meant in `repaired`, and with `slots`."""
        self._chance = chance
        self._requests = [found for row in rows if (found := _located(row)).slots]
        self._values: dict[str, list[list[str]]] = {}
        for request in self._requests:
            for slot, (start, end) in request.slots:
                value = [_plain(word) for word in request.words[start:end]]
                self._values.setdefault(_alike(slot), []).append(value)

    def one(self) -> Said:
        """One of them, anew each time."""
        for _ in range(_TRIES):
            if said := self._one():
                return said
        raise RuntimeError("No self-repair can be made up of these requests.")

    def _one(self) -> Said | None:
        chance = self._chance
        request = chance.choice(self._requests)
        slot, (start, end) = chance.choice(request.slots)
        meant = [_plain(word) for word in request.words[start:end]]
        wrong = self._another(slot, meant)
        if [word.lower() for word in wrong] == [word.lower() for word in meant]:
            return None
        back = self._steps_back(request.words[:start])
        cue = chance.choice(_CUES).split() if chance.random() < 0.9 else []
        if chance.random() < 0.15:
            cue = [chance.choice(_FILLERS), *cue]
        behind = request.words[end:]
        if behind and chance.random() < _LATER:
            return self._later(request, (start, end), wrong, cue)
        wrong = self._extended(wrong, behind, request.words[end - 1])
        if all(word == word.lower() for word in request.words):
            wrong, cue = ([word.lower() for word in part] for part in (wrong, cue))
        if request.is_punctuated:
            self._punctuate(wrong, cue)
        left = [*wrong, *cue, *request.words[start - back : start]]
        words = [*request.words[:start], *left, *request.words[start:]]
        begin = start - back
        noisy, blocks = self._hesitating(words, [(begin, begin + len(left))], request)
        found = tuple(split(" ".join(noisy)))
        whole = len(found) == len(noisy) and all(word.core for word in found)
        return Said.of(found, tuple(blocks)) if whole else None

    def _later(
        self, request: _Request, value: Block, wrong: list[str], cue: list[str]
    ) -> Said | None:
        """Put right at the end of the request, where the value has been said in its place."""
        chance = self._chance
        start, end = value
        meant = [_plain(word) for word in request.words[start:end]]
        again = request.words[end : end + int(chance.random() < 0.1)]
        before, behind = request.words[:start], list(request.words[end:])
        wrong = [_plain(word) for word in wrong]
        if request.words[end - 1][-1] in _MARKS:
            wrong[-1] += request.words[end - 1][-1]
        if not cue or chance.random() < 0.7:
            cue = _filled(chance.choice(_LATER_CUES), wrong)
        after = _filled(chance.choice(_LATER_ENDS), wrong) if chance.random() < 0.3 else []
        if after and chance.random() < 0.5:
            cue = []
        if request.is_punctuated:
            behind[-1] = _plain(behind[-1]) + chance.choice((".", ",", "?", "."))
            if behind[-1][-1] in ".?":
                lead = cue or meant
                lead[0] = lead[0][:1].upper() + lead[0][1:]
            if cue and chance.random() < 0.6:
                cue[-1] += ","
            if after and chance.random() < 0.6:
                (again or meant)[-1] += ","
            (after or again or meant)[-1] += "."
        words = [*before, *wrong, *behind, *cue, *meant, *again, *after]
        found = tuple(split(" ".join(words)))
        if len(found) != len(words) or not all(word.core for word in found):
            return None
        target = tuple(range(start, start + len(wrong)))
        first = start + len(wrong) + len(behind) + len(cue)
        repair = tuple(range(first, first + len(meant)))
        if len(target) > LONGEST_REPLACED or len(repair) > LONGEST_REPAIR:
            return None
        left = (*range(first - len(cue), first), *range(repair[-1] + 1, len(words)))
        places = tuple(range(len(words)))
        return Said(found, places, (left,) if left else (), (target, repair))

    def _another(self, slot: str, meant: list[str]) -> list[str]:
        """A value that was not meant: another request's, or this one with a word changed."""
        other = self._chance.choice(self._values[_alike(slot)])
        if len(meant) == 1 or self._chance.random() > 0.35:
            return list(other)
        changed = list(meant)
        at = self._chance.randrange(len(meant))
        if meant[at].lower() in _NUMBERS:
            changed[at] = self._chance.choice(_NUMBERS)
        elif meant[at].isdigit():
            changed[at] = str(self._chance.randint(1, 40))
        else:
            changed[at] = self._chance.choice(other)
        return changed

    def _extended(self, wrong: list[str], behind: list[str], last: str) -> list[str]:
        """Broken off, or with what follows the value said before the repair as well."""
        dice = self._chance.random()
        if dice < 0.15 and len(wrong) > 1:
            return wrong[: self._chance.randint(1, len(wrong) - 1)]
        if dice > 0.3 or last[-1] in _MARKS:
            return wrong
        for word in behind[: self._chance.randint(1, 3)]:
            wrong = [*wrong, _plain(word)]
            if word[-1] in _MARKS:
                break
        return wrong

    def _steps_back(self, before: list[str]) -> int:
        """How many words before the value are said again."""
        back = min(self._chance.choice((0, 0, 0, 0, 1, 1, 2, 3)), len(before))
        while back and any(word[-1] in _MARKS for word in before[len(before) - back :]):
            back -= 1
        return back

    def _punctuate(self, wrong: list[str], cue: list[str]) -> None:
        chance = self._chance
        if chance.random() < 0.85:
            wrong[-1] += chance.choice((",", ",", ",", "...", ".")) if cue else ","
        if cue and chance.random() < 0.75:
            cue[-1] += ","
        if cue and wrong[-1].endswith("."):
            cue[0] = cue[0].capitalize()

    def _hesitating(
        self, words: list[str], blocks: list[Block], request: _Request
    ) -> tuple[list[str], list[Block]]:
        """With fillers and words said twice, each of which is a block too."""
        chance = self._chance
        for _ in range(chance.choice((0, 0, 0, 1, 1, 2))):
            at = chance.randrange(len(words))
            again = [_plain(word) for word in words[at : at + chance.choice((1, 1, 2))]]
            new = [chance.choice(_FILLERS)] if chance.random() < 0.7 else again
            behind = at + len(new)
            if any(start <= behind and at <= end for start, end in blocks):
                continue
            if new is again and any(word[-1] in _MARKS for word in words[at:behind]):
                continue
            if request.is_punctuated and chance.random() < 0.7:
                new[-1] += ","
            words = [*words[:at], *new, *words[at:]]
            moved = [(s + len(new) * (s >= at), e + len(new) * (s >= at)) for s, e in blocks]
            blocks = sorted([*moved, (at, behind)])
        return words, blocks


def _located(row: Mapping[str, object]) -> _Request:
    words = [word for word in split(str(row["repaired"])) if word.core]
    said = [word.core for word in words]
    slots = row["slots"]
    assert isinstance(slots, dict)
    found: list[tuple[str, Block]] = []
    for slot, value in slots.items():
        meant = list(cores(split(value)))
        ends = range(len(meant), len(said) + 1)
        end = next((end for end in ends if said[end - len(meant) : end] == meant), None)
        if meant and end is not None:
            found.append((slot, (end - len(meant), end)))
    return _Request([word.text for word in words], found)


def _alike(slot: str) -> str:
    """Slots whose values may be taken for each other have this in common."""
    name = slot.replace(" ", "_")
    kind = kind_of(name)
    return head_of(name) if kind == "span" else kind


def _filled(pattern: str, wrong: Sequence[str]) -> list[str]:
    parts = (wrong if word == "WRONG" else [word] for word in pattern.split())
    return [_plain(word) for part in parts for word in part]


def _plain(word: str) -> str:
    return word.rstrip(_MARKS) or word
