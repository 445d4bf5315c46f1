"""Noun phrases among a caller's words: "the yoga class", "a glass of red", "70 Market Square".

A shallow parse by closed classes of words (Abney, 1991): what stands between function words and
verbs is a phrase. Verbs are told by their place, behind a subject, an auxiliary, "to" or "please",
and by a list of those that requests are made with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dialogue.disfluency.scene import (
    DETERMINERS,
    DISCOURSE,
    GREETINGS,
    OPENERS,
    PREPOSITIONS,
)
from dialogue.disfluency.words import Word

_BE: Final = frozenset("is are was were am be been being it's that's he's she's there's".split())
_AUXILIARIES: Final = _BE | frozenset(
    """can could will would shall should may might must do does did has have had i'd i'll i've i'm
    we'd we'll we've we're you'd you'll you've they've they're they'd he'd she'd won't can't
    don't doesn't didn't haven't hasn't isn't aren't wasn't couldn't wouldn't let's""".split()
)
_SUBJECTS: Final = frozenset(
    """i we you he she they it who somebody someone nobody everybody anybody everyone anyone
    one""".split()
)
_VERBS: Final = frozenset(
    """want wanted need needed like love prefer get got getting take took put send sent give gave
    make made book booked cancel order ordered change move bring pick come coming came go going
    went see tell told call called ask asked pay paid buy bought rent reserve find deliver
    stop start leave arrive report renew return look looking fix set
    said say says meet know think lost has add remove transfer talk speak show check help try
    reads drop swap switch shift""".split()
)
_TOWARDS: Final = frozenset(
    """talk speak listen go send sent deliver delivered ship shipped transfer move moved switch
    change changed belongs through connected it them me train trains bus flight flights plane coach
    ferry taxi cab car lift ride ticket tickets single return trip journey travel travelling
    traveling fly flying drive driving parcel package letter station airport""".split()
)
"""Words behind which "to" leads to a thing: "speak to customer service"."""
_FINITE: Final = frozenset(
    """needs wants weighs costs starts ends begins leaves arrives turns keeps makes comes goes
    works stops lasts smells sounds gets leaks drips hasn't isn't won't""".split()
)
_NOTHING: Final = frozenset(
    """and or but nor if because as not when where what who whom which why how that than so me us
    him them myself just only still also too very really again here there now then yet maybe
    please about ago instead no none nothing anything something everything hello hi thanks up
    out off back down away over open closed available""".split()
)
_FUNCTION: Final = (
    (PREPOSITIONS | OPENERS | DISCOURSE | _AUXILIARIES | _SUBJECTS | _NOTHING)
    - {"right", "book", "cancel", "next"}
    - DETERMINERS
)


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words `start` to `end` (exclusive), and the preposition before them, "" where none is."""

    start: int
    end: int
    preposition: str


def phrases(words: Sequence[Word]) -> list[Phrase]:
    """The noun phrases of `words`, in order; "of" joins two to one."""
    found: list[Phrase] = []
    at = 0
    while at < len(words):
        end = _end(words, at)
        if end == at:
            at += 1
            continue
        before = words[at - 1] if at and not words[at - 1].breaks else None
        if before and before.core == "of" and found and found[-1].end == at - 1:
            found[-1] = Phrase(found[-1].start, end, found[-1].preposition)
        elif any(words[i].core not in DETERMINERS for i in range(at, end)):
            named = before.core if before and before.core in PREPOSITIONS else ""
            found.append(Phrase(at, end, named))
        at = end
    return found


def _end(words: Sequence[Word], at: int) -> int:
    """Where the phrase that begins at `at` ends; `at` itself where none begins."""
    if words[at].core in GREETINGS and (at == 0 or words[at].stops):
        return at
    end = at
    while end < len(words):
        core = words[end].core
        named = words[end].is_capital and end > 0 and not words[end - 1].stops and core != "i"
        if core in _FINITE or (end > at and core in DETERMINERS):
            break
        counts = core == "one" and not words[end].breaks and _is_content(words, end + 1)
        if (
            core not in DETERMINERS
            and not counts
            and not (named and core not in PREPOSITIONS | _AUXILIARIES)
        ):
            if core in _FUNCTION or (end == at and _is_verb(words, end)):
                break
            if end == at and _is_predicate(words, end):
                break
        end += 1
        abbreviated = words[end - 1].core in ("a.m", "p.m") and not words[end - 1].pauses
        if words[end - 1].breaks and not abbreviated:
            break
    return end


def _is_content(words: Sequence[Word], at: int) -> bool:
    return at < len(words) and words[at].core not in _FUNCTION | DETERMINERS | _VERBS


def _is_verb(words: Sequence[Word], at: int) -> bool:
    """Whether the word at `at` is told to be a verb by its place, or is a common one."""
    word = words[at]
    if word.core.endswith(("ing", "ed")) and at and words[at - 1].core in _BE | {"i'm", "we're"}:
        return not words[at - 1].breaks
    if word.core[:1].isdigit() or not word.core.isalpha():
        return False
    if word.core in _VERBS:
        return True
    if not at or words[at - 1].stops:
        # "Cancel", "reserve": a turn that begins with a small word and goes on with its object.
        return at + 1 < len(words) and words[at + 1].core in DETERMINERS and not word.breaks
    before = words[at - 1].core
    if words[at - 1].breaks:
        return False
    if before == "to":
        return not word.is_capital and not _leads_there(words, at - 1)
    if before in ("do", "have", "get") and at > 1 and words[at - 2].core in _SUBJECTS:
        # "Do you do gluten free pasta?", "Can we have pizza?"
        return at < 3 or words[at - 3].core not in _AUXILIARIES
    return before in _SUBJECTS | (_AUXILIARIES - _BE) | {"please"}


def _leads_there(words: Sequence[Word], to: int) -> bool:
    """Whether "to" leads to a thing: "the train to crewe", "from savings to checking"."""
    before = words[max(0, to - 4) : to]
    if before and before[-1].core in _TOWARDS:
        return True
    left = any(word.core == "from" for word in before[:-1])
    return left and not any(word.breaks for word in before)


def _is_predicate(words: Sequence[Word], at: int) -> bool:
    """ "Stuck" and "broken" behind "is": what is said of a thing, not one."""
    before = words[at - 1] if at else None
    last = at + 1 == len(words) or words[at].breaks or words[at + 1].core in PREPOSITIONS - {"of"}
    plain = words[at].core.isalpha() and not words[at].is_capital
    return before is not None and not before.breaks and before.core in _BE and last and plain
