"""Repairs that name another value right where the old one stands: "Tuesday, no, Wednesday"."""

from __future__ import annotations

from typing import Final

from dialogue.disfluency.scene import ARTICLES, Fit, Scene, same_noun
from dialogue.disfluency.values import DAYTIME, SINGLE, Kind, Value

_LONGEST_ENDING: Final = 3
_LONGEST_NOUN: Final = 3
_SAID_AGAIN: Final = 4


def counted(scene: Scene) -> Fit | None:
    """Another number of the same: "a litre, no, two litres", "one child, no, two children"."""
    new = scene.value_at(scene.resume)
    if new is None or new.kind is not Kind.NUMBER or new.end >= scene.limit:
        return None
    for length in range(1, _LONGEST_NOUN + 1):
        begin = scene.cue - length
        if not all(
            same_noun(scene.core(begin + i), scene.core(new.end + i), _LONGEST_ENDING)
            for i in range(length)
        ):
            continue
        old = next((v for v in scene.values_before() if v.end == begin), None)
        if old is not None and old.kind is Kind.NUMBER:
            return scene.block(old.start, scene.resume)
        if scene.core(begin - 1) in ("a", "an"):
            return scene.block(begin - 1, scene.resume)
    return None


def adjacent(scene: Scene) -> Fit | None:
    """A value in the place of the one just said, or of an article that nothing followed."""
    new = scene.value_at(scene.resume)
    if new is None:
        return _behind_article(scene)
    again, last = scene.core(scene.resume), scene.core(scene.cue - 1)
    if last in ARTICLES and not scene.words[scene.cue - 1].is_capital:
        return scene.block(scene.cue - 1, scene.resume)
    old = next((v for v in scene.values_before() if v.end == scene.cue), None)
    if old is None or not old.matches(new):
        return None
    for at in range(old.start - 1, max(scene.begin, old.start - _SAID_AGAIN) - 1, -1):
        # "Thirty pounds fifty, no, thirty pounds fifteen".
        if all(scene.core(at + i) == scene.core(scene.resume + i) for i in (0, 1)):
            return scene.block(at, scene.resume)
    if old.end - old.start < new.end - new.start and scene.core(old.start - 1) == again:
        # "Leah. Leah Simmons, sorry, Leah Simons": the first name of a sentence is no value.
        return scene.block(old.start - 1, scene.resume)
    written = any(word.breaks for word in scene.words[:-1])
    if new.kind is Kind.NAME and written and not scene.words[scene.cue - 1].breaks:
        return None
    if new.kind is Kind.NUMBER and (first := _tried(scene, old, new)) < old.start:
        return scene.block(first, scene.resume)
    if scene.core(old.end - 1) in DAYTIME and old.end - old.start > 3 and new.kind is Kind.NUMBER:
        # "Nine in the morning, no, ten": it is still the morning.
        return Fit(old.start, old.end - 3, scene.cue, scene.resume, new.end, new.end)
    return scene.block(old.start, scene.resume)


def _behind_article(scene: Scene) -> Fit | None:
    """ "At six fifteen, or rather the seven fifteen"."""
    new = scene.value_at(scene.resume + 1)
    if new is None or new.kind not in (Kind.TIME, Kind.NUMBER, Kind.DAY, Kind.DATE):
        return None
    if scene.core(scene.resume) != "the":
        return None
    old = next((v for v in scene.values_before() if v.end == scene.cue), None)
    if old is None or not old.matches(new) or scene.core(old.start - 1) == "the":
        return None
    return scene.block(old.start, scene.resume)


def _tried(scene: Scene, old: Value, new: Value) -> int:
    """Where the numbers begin that were tried before `old`: "twenty, thirty, no, twenty five".

    Single digits in a row are dictated, unless what they count follows.
    """
    named = new.end < scene.limit and not scene.words[new.end - 1].breaks
    start, values = old.start, scene.values_before()
    for earlier in values[values.index(old) + 1 :]:
        short = all(len(scene.core(at)) < 3 for at in (earlier.start, start))
        ones = scene.core(earlier.start) in SINGLE or scene.core(start) in SINGLE
        if earlier.end != start or earlier.kind is not Kind.NUMBER:
            break
        if scene.words[start - 1].stops or (ones and not named):
            break
        if scene.core(start)[:1].isdigit() and not short:
            break
        start = earlier.start
    return start
