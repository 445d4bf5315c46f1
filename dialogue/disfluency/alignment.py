"""Where a self-repair fits: the repair is laid over the words before the interregnum.

Speakers mostly restart at a word they said (Levelt, 1983: "to the airport, sorry, to the
station"), or name another value of the same kind ("Tuesday, no, Wednesday"), or another word in
the place of the last one ("Petersen, sorry, Peterson").
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from typing import Final

from dialogue.disfluency import adjacent, partial
from dialogue.disfluency.cues import FILLERS, Cue
from dialogue.disfluency.scene import (
    ARTICLES,
    DETERMINERS,
    DISCOURSE,
    OPENERS,
    PREPOSITIONS,
    TRAILERS,
    Fit,
    Scene,
    same,
    sentence_start,
)
from dialogue.disfluency.values import Kind
from dialogue.disfluency.words import Word

# What leads up to a repaired value and says nothing itself: "no, I want Wednesday".
_CARRIERS: Final = frozenset(
    """it's it is i it let's let say said want wanted need meant mean would like i'd i'll have take
    put make that that's should be is was we we're says more like just only actually please take the
    a him them get""".split()
)
_LONGEST_LEAD: Final = 4
_REASONS: Final = OPENERS | frozenset("they've they'd they'll he'd he'll she'd she'll that".split())
_LONGEST_REASON: Final = 7
_SIMILAR: Final = 0.66
_NEW_REQUESTS: Final = frozenset("don't dont just leave keep let's".split())


def fit(words: Sequence[Word], cue: Cue) -> Fit | None:
    """How the words behind `cue` repair those before it; None where they do not."""
    scene = Scene.of(words, cue)
    if scene is None:
        return None
    if scene.resume >= scene.limit:
        return _trailing(scene)
    for way in _WAYS:
        if found := way(scene):
            return found
    return None


def _explained(scene: Scene) -> Fit | None:
    """The repair comes behind a reason for it: "the third, no, that's Good Friday, the seventh"."""
    if scene.core(scene.resume) not in _REASONS:
        return None
    end = next((i for i in range(scene.resume, scene.limit) if scene.words[i].breaks), scene.limit)
    resume = end + 1
    if not 0 < resume - scene.resume <= _LONGEST_REASON or resume >= scene.limit:
        return None
    said = [v for v in scene.values if scene.resume <= v.start and v.end <= resume]
    if any(v.matches(old) for v in said for old in scene.values_before()):
        return None
    if scene.core(resume) in OPENERS and scene.core(resume) not in _CARRIERS:
        return None
    inner = replace(scene, resume=resume, strong=True, marked=True)
    return next((found for way in _BY_VALUE if (found := way(inner))), None)


def redundant(words: Sequence[Word], at: int, replaced: frozenset[str]) -> Fit | None:
    """A "not Tuesday" at `at` that says once more what was taken back."""
    if not 0 < at < len(words) - 1 or words[at].core != "not":
        return None
    end = at + 1
    while end < len(words) and words[end].core in replaced:
        end += 1
    if end == at + 1:
        return None
    return Fit(at, at, at, end, end, end)


def _retrace(scene: Scene) -> Fit | None:
    """The repair begins with words said before."""
    first = scene.core(scene.resume)
    best: tuple[int, int] | None = None
    for at in range(scene.cue - 1, scene.begin - 1, -1):
        length = 0
        while (
            at + length < scene.cue
            and scene.resume + length < scene.limit
            and same(scene.core(at + length), scene.core(scene.resume + length))
        ):
            length += 1
        if length and (best is None or length > best[0]):
            best = (length, at)
    if best is None:
        return None
    length, at = best
    value = scene.value_at(scene.resume)
    if length == 1 and first in OPENERS | {"of", "and"} and at != scene.sentence:
        return None
    if first in OPENERS and value is None:
        # A whole clause anew: what the first one named and the second does not must not be lost.
        return scene.block(at, scene.resume) if _covered(scene, at) else None
    if not scene.marked and length < 2 and value is None:
        return None
    head = scene.value_at(scene.resume + length)
    if head is not None and not any(
        head.matches(v) for v in scene.values_before() if v.start >= at
    ):
        if at < scene.sentence:
            return None
        if any(head.matches(v) for v in scene.values_before()):
            return None
    if first in PREPOSITIONS | DETERMINERS:
        return _phrasewise(scene, at, length)
    return scene.block(at, scene.resume)


def _covered(scene: Scene, start: int) -> bool:
    said = [v for v in scene.values if start <= v.start and v.end <= scene.cue]
    anew = [v for v in scene.values if scene.resume <= v.start and v.end <= scene.limit]
    return all(any(value.matches(other) for other in anew) for value in said)


def _phrasewise(scene: Scene, at: int, length: int) -> Fit:
    """Replace the phrase at `at`; phrases behind it that the repair does not repeat are kept."""
    end = max([at + length, *(v.end for v in scene.values if v.start <= at + length - 1 < v.end)])
    while end < scene.cue and scene.core(end) not in PREPOSITIONS | {"and"}:
        end += 1
    if end >= scene.cue:
        return scene.block(at, scene.resume)
    anew = {scene.core(i) for i in range(scene.resume, scene.limit)}
    if scene.core(end) in anew or scene.core(end) == "of":
        return scene.block(at, scene.resume)
    stop = scene.resume + length
    while stop < scene.limit and scene.core(stop) not in PREPOSITIONS | {"and"} | TRAILERS:
        stop += 1
        if scene.words[stop - 1].breaks:
            break
    return Fit(at, end, scene.cue, scene.resume, stop, stop)


def _same_kind(scene: Scene) -> Fit | None:
    """The repair names another value of a kind named before."""
    at = scene.resume
    while (
        at < scene.limit
        and scene.value_at(at) is None
        and at - scene.resume < _LONGEST_LEAD
        and scene.core(at) in _CARRIERS | PREPOSITIONS | DETERMINERS | FILLERS
    ):
        at += 1
    new = scene.value_at(at)
    if new is None:
        return None
    old = next((v for v in scene.values_before() if v.matches(new)), None)
    if old is None or (new.kind is Kind.NAME and not scene.marked):
        return None
    between = [scene.core(i) for i in range(old.end, scene.cue)]
    behind = [scene.core(i) for i in range(new.end, new.end + len(between))]
    if between != behind and not scene.marked and not scene.strong:
        return None
    start, resume = _with_preposition(scene, old.start, at)
    if not between or between == behind:
        return scene.block(start, resume)
    if scene.short(new.end):
        return Fit(start, old.end, scene.cue, resume, new.end, new.end)
    # "two pizzas, no, three burgers": another noun behind; "at seven, no, Wednesday at eight".
    if _parallel(scene, old.end, new.end):
        return scene.block(start, resume)
    if scene.core(new.end) in PREPOSITIONS | {"and"} or scene.words[new.end - 1].breaks:
        return Fit(start, old.end, scene.cue, resume, new.end, new.end)
    return scene.block(start, resume) if len(between) <= 3 else None


def _parallel(scene: Scene, old: int, new: int) -> bool:
    """Whether what follows the new value answers to what followed the old one."""
    if same(scene.core(old), scene.core(new)):
        return True
    after = next((v for v in scene.values if v.start in (new, new + 1)), None)
    return after is not None and any(
        v.matches(after) for v in scene.values if old <= v.start and v.end <= scene.cue
    )


def _with_preposition(scene: Scene, old: int, new: int) -> tuple[int, int]:
    """`old` and `new` with the preposition or article before them where both have one."""
    while new > scene.resume and old > scene.begin:
        before, after = scene.core(old - 1), scene.core(new - 1)
        kinds = (PREPOSITIONS, ARTICLES)
        if not any(before in kind and after in kind for kind in kinds):
            break
        old, new = old - 1, new - 1
    return old, new


def _similar(scene: Scene) -> Fit | None:
    """The repair sounds much like a word before: a name or number misheard by the speaker."""
    new = scene.core(scene.resume)
    if len(new) < 4 or new in OPENERS or not (scene.strong or scene.marked):
        return None
    for at in range(scene.cue - 1, max(scene.begin, scene.cue - 6) - 1, -1):
        old = scene.core(at)
        alike = len(old) >= 3 and old[0] == new[0]
        if alike and SequenceMatcher(None, old, new).ratio() >= _SIMILAR:
            return scene.block(at, scene.resume)
    return None


def _phrase(scene: Scene) -> Fit | None:
    """The repair is another phrase in the place of the last one."""
    first = scene.core(scene.resume)
    if not (scene.strong or scene.marked) or first in OPENERS | _NEW_REQUESTS | FILLERS:
        return None
    if scene.words[scene.cue - 1].stops and scene.limit - scene.resume > 4 and not scene.strong:
        return None
    if first in PREPOSITIONS:
        starts = [i for i in range(scene.begin, scene.cue) if scene.core(i) in PREPOSITIONS]
        return scene.block(starts[-1], scene.resume) if starts else None
    if first in ARTICLES:
        starts = [i for i in range(scene.begin, scene.cue) if scene.core(i) in ARTICLES]
        near = [i for i in starts if scene.cue - i <= 4]
        return scene.block(near[-1], scene.resume) if near else None
    end = scene.cue
    while end > scene.begin + 1 and scene.core(end - 1) in TRAILERS:
        end -= 1
    if end < scene.cue and scene.core(end - 1) not in PREPOSITIONS | ARTICLES | OPENERS:
        # "Automatic, please. No, manual."
        return Fit(end - 1, end, scene.cue, scene.resume, scene.limit, scene.limit)
    last = scene.core(scene.cue - 1)
    if last in PREPOSITIONS | ARTICLES | OPENERS:
        return None
    name = next((v for v in scene.values_before() if v.end == scene.cue), None)
    if name is not None and name.kind is Kind.NAME:
        return scene.block(name.start, scene.resume)
    return scene.block(scene.cue - 1, scene.resume)


def _restart(scene: Scene) -> Fit | None:
    """The speaker begins the sentence anew."""
    if scene.core(scene.resume) not in OPENERS or not (scene.strong or scene.marked):
        return None
    if scene.words[scene.cue - 1].stops and not _covered(scene, scene.sentence):
        return None
    if not scene.strong and scene.words[scene.cue - 1].stops:
        return None
    return scene.block(scene.sentence, scene.resume) if _covered(scene, scene.sentence) else None


def _inserted(scene: Scene) -> Fit | None:
    """The cue comes behind the repair, and the sentence goes on behind both."""
    return _trailing(scene) if scene.words[scene.resume - 1].breaks else None


def _trailing(scene: Scene) -> Fit | None:
    """The cue comes behind the repair: "on Sunday. Monday, sorry." """
    end = scene.cue
    start = end - 1
    while start > scene.begin and not scene.words[start - 1].breaks:
        start -= 1
    if start <= scene.begin:
        return None
    cue = start
    while cue > scene.begin + 1 and scene.core(cue - 1) in DISCOURSE | FILLERS:
        cue -= 1
    sentence = sentence_start(scene.words, cue)
    inner = replace(
        scene, sentence=sentence, cue=cue, resume=start, limit=end, strong=True, marked=True
    )
    for way in (partial.counted_before, _same_kind, _similar, _retrace):
        found = way(inner)
        if found is not None:
            stop = max(found.stop, found.resume)
            if found.stop == found.resume:
                return Fit(found.start, found.end, found.cue, found.resume, end, scene.resume)
            return Fit(found.start, found.end, found.cue, found.resume, stop, scene.resume)
    return None


_BY_VALUE: Final[tuple[Callable[[Scene], Fit | None], ...]] = (
    adjacent.counted,
    partial.date_part,
    partial.dictated_again,
    partial.labelled_before,
    partial.spelled_end,
    partial.pair,
    partial.counted_before,
    partial.within_value,
    adjacent.adjacent,
    _retrace,
    _same_kind,
)
"""What the repair says again or names."""
_WAYS: Final = (
    _explained,
    *_BY_VALUE,
    _similar,
    partial.same_ending,
    _inserted,
    _phrase,
    _restart,
)
