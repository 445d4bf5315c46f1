"""Repairs that say less again than they replace, or say two values again at once.

Nobody repeats a whole phrase to change one part of it: "the sixth of July, no, the seventh" is
still in July, and "two hundred grams of ham, no, three hundred grams" is still ham.
"""

from __future__ import annotations

from typing import Final

from dialogue.disfluency.scene import DETERMINERS, OPENERS, PREPOSITIONS, Fit, Scene, same_noun
from dialogue.disfluency.values import MONTHS, NUMBERS, SINGLE, Kind, Value

_LONGEST_PLURAL: Final = 2
_LONGEST_KEPT: Final = 12
_LONGEST_ENDING: Final = 4
_SHORTEST_GROUP: Final = 3


def date_part(scene: Scene) -> Fit | None:
    """Only the day or only the month of a date: "the sixth of July, no, the seventh"."""
    at = scene.resume + (scene.core(scene.resume) == "the")
    new = scene.value_at(at)
    old = scene.value_before(scene.cue)
    if new is None or old is None or not new.kind is old.kind is Kind.DATE:
        return None
    before = [scene.core(i) for i in range(old.start, old.end)]
    behind = [scene.core(i) for i in range(new.start, new.end)]
    months = [place for place, core in enumerate(before) if core in MONTHS]
    if not months or len(before) == 1 or len(behind) > 2:
        return None
    month = months[0]
    if len(behind) == 1 and behind[0] in MONTHS:
        end = old.start + month + 1
        return Fit(end - 1, end, scene.cue, at, new.end, new.end)
    if not MONTHS.isdisjoint(behind):
        return None
    if month == 0:
        return scene.block(old.start + 1, at)
    start = old.start
    if at > scene.resume and scene.core(start - 1) == "the":
        start, at = start - 1, at - 1
    day_end = before.index("of") if "of" in before else month
    return Fit(start, old.start + day_end, scene.cue, at, new.end, new.end)


def dictated_again(scene: Scene) -> Fit | None:
    """What is dictated, from two of its digits or letters on: "B T 9, 5, no, B T 7"."""
    new = scene.value_at(scene.resume)
    if new is None or new.kind not in (Kind.CODE, Kind.NUMBER):
        return None
    dictated = {i for v in scene.values_before() if new.matches(v) for i in range(v.start, v.end)}
    old = scene.value_before(scene.cue)
    if old is None or old.end - old.start == new.end - new.start:
        return None
    for at in range(scene.cue - 2, scene.begin - 1, -1):
        if not {at, at + 1} <= dictated:
            return None
        if all(scene.core(at + i) == scene.core(scene.resume + i) for i in (0, 1)):
            return scene.block(at, scene.resume)
    return None


def labelled_before(scene: Scene) -> Fit | None:
    """Another number of the same; what was said since stays: "row F, seat 2, no, row E"."""
    noun = scene.core(scene.resume)
    new = scene.value_at(scene.resume + 1)
    if new is None or new.kind not in (Kind.NUMBER, Kind.CODE) or len(noun) < _SHORTEST_GROUP:
        return None
    if not noun.isalpha() or noun in PREPOSITIONS | DETERMINERS | OPENERS | NUMBERS:
        return None
    for old in scene.values_before():
        kept = scene.cue - old.end
        if old.matches(new) and scene.core(old.start - 1) == noun and 0 < kept <= _LONGEST_KEPT:
            return Fit(old.start - 1, old.end, scene.cue, scene.resume, new.end, new.end)
    return None


def spelled_end(scene: Scene) -> Fit | None:
    """The end of what is spelled or dictated: "K O W A L S K Y, sorry, S K I", "555 0192, 0193"."""
    new, old = scene.value_at(scene.resume), scene.value_before(scene.cue)
    if new is None or old is None or not old.matches(new):
        return None
    if not {old.kind, new.kind} <= {Kind.CODE, Kind.NUMBER}:
        return None
    length = new.end - new.start
    start = old.end - length
    if start <= old.start:
        return None
    pairs = [(scene.core(start + i), scene.core(new.start + i)) for i in range(length)]
    grouped = all(len(a) == len(b) >= _SHORTEST_GROUP and a[0].isdigit() for a, b in pairs)
    single = all(_is_single(core) for pair in pairs for core in pair)
    again = single and length > 1 and pairs[0][0] == pairs[0][1]
    return scene.block(start, scene.resume) if grouped or again else None


def _is_single(core: str) -> bool:
    return len(core) == 1 or core in SINGLE


def pair(scene: Scene) -> Fit | None:
    """Two values for two: "between two and four, sorry, three and five"."""
    second = scene.value_before(scene.cue)
    new = scene.value_at(scene.resume)
    if second is None or new is None:
        return None
    first = next((v for v in scene.values_before() if v.end <= second.start), None)
    if first is None or not first.matches(new) or second.start - first.end > 1:
        return None
    link = second.start - first.end
    follows = scene.value_at(new.end + link)
    if follows is None or not second.matches(follows) or follows.end > scene.limit:
        return None
    if link and scene.core(first.end) != scene.core(new.end):
        return None
    return scene.block(first.start, scene.resume)


def counted_before(scene: Scene) -> Fit | None:
    """Another number of a thing counted before; what was said of it since stays.

    "Two hundred grams of ham, no, three hundred grams"; "a room for two nights in May, sorry,
    three nights".
    """
    new = scene.value_at(scene.resume)
    if new is None or new.kind is not Kind.NUMBER or not new.end < scene.limit:
        return None
    noun, end = scene.core(new.end), new.end + 1
    denied = scene.core(end) == "not"
    if not (scene.short(end) or scene.words[new.end].breaks or denied):
        return None
    for old in scene.values_before():
        kept = scene.cue - old.end - 1
        if old.kind is not Kind.NUMBER or not 0 < kept <= _LONGEST_KEPT:
            continue
        if same_noun(scene.core(old.end), noun, _LONGEST_PLURAL):
            return Fit(old.start, old.end + 1, scene.cue, scene.resume, end, end)
    return None


def within_value(scene: Scene) -> Fit | None:
    """A value that begins with the word that the old one began with, and nothing behind it.

    "Is Doctor Hill free on Monday? Sorry, Doctor Hall": she is asked for on Monday still.
    """
    new = scene.value_at(scene.resume)
    if new is None or new.end - new.start < 2 or not scene.short(new.end):
        return None
    for old in scene.values_before():
        if old.kind is new.kind and scene.core(old.start) == scene.core(new.start):
            if old.end < scene.cue and not _names_again(scene, old, new):
                return Fit(old.start, old.end, scene.cue, scene.resume, new.end, new.end)
            return None
    return None


def _names_again(scene: Scene, old: Value, new: Value) -> bool:
    """Whether another value of the kind stands between the old one and the repair."""
    return any(v.matches(new) for v in scene.values_before() if v.start >= old.end)


def same_ending(scene: Scene) -> Fit | None:
    """Another phrase with the old one's end: "one way to Bristol, no, a round trip to Bristol"."""
    stop = scene.resume
    while stop < scene.limit and not scene.words[stop].breaks:
        stop += 1
    stop = min(stop + 1, scene.limit)
    shared = 0
    while (
        scene.core(scene.cue - 1 - shared) == scene.core(stop - 1 - shared) != ""
        and shared < stop - scene.resume - 1
        and scene.cue - 1 - shared > scene.sentence
    ):
        shared += 1
    while shared and _is_function(scene.core(scene.cue - shared)) and shared > 1:
        if scene.core(scene.cue - shared) in PREPOSITIONS:
            break
        shared -= 1
    if not shared or _is_function(scene.core(stop - 1)):
        return None
    first = scene.core(scene.resume)
    if first in PREPOSITIONS | OPENERS:
        return None
    start = scene.cue - shared
    while start > scene.sentence and scene.cue - shared - start < _LONGEST_ENDING:
        before = scene.core(start - 1)
        if before in PREPOSITIONS | OPENERS or scene.words[start - 1].breaks:
            break
        if before in DETERMINERS:
            start -= first in DETERMINERS
            break
        start -= 1
    return scene.block(start, scene.resume) if start < scene.cue - shared else None


def _is_function(core: str) -> bool:
    return core in PREPOSITIONS | DETERMINERS | OPENERS
