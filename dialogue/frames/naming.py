"""Values that a parameter's own name points to: "size 9", "the code is B7", "the yoga class"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dialogue.calendar import Span
from dialogue.frames.things import ADDRESSES, is_address
from dialogue.frames.words import CALENDAR, EMPTY, Words, is_calendar, stem
from dialogue.mentions import head_of, kind_of
from dialogue.phrases import Phrase

_LINKS: Final = frozenset("is was are reads says it's ends should be".split())
_BETWEEN: Final = frozenset("at on in with called number no".split())


def named(name: str, here: Words) -> list[Span]:
    """What a word of the parameter's name points to: "size 9", "the code is B7", "yoga class"."""
    head = stem(head_of(name))
    if len(head) < 3:
        return []
    kind = kind_of(name)
    typed = here.spans.get(kind)
    if kind in CALENDAR and not typed:
        return []  # "the fish of the day" is no day
    found: list[Span] = []
    for at, word in enumerate(here.words):
        core = word.core.replace("-", "").removesuffix("'s")
        if stem(core) != head and not _reads(head, core):
            continue
        if _is_denied(here, next((p.start for p in here.phrases if p.start <= at < p.end), at)):
            continue
        after = _after(here, at + 1)
        if after is not None and (not typed or kind in ("code", "amount", "name")):
            found.append(after)
            continue
        phrase = next((p for p in here.phrases if p.start <= at < p.end), None)
        if phrase and not typed and at > phrase.start and _may_name(here, phrase, head):
            modifiers = [here.core(i) for i in range(phrase.start, at)]
            if any(core not in EMPTY and stem(core) not in here.idle for core in modifiers):
                found.append((phrase.start, phrase.end))
    return found


def _may_name(here: Words, phrase: Phrase, head: str) -> bool:
    """ "The old address" is no address."""
    return head not in ADDRESSES or is_address(here, phrase.start, phrase.end)


def _is_denied(here: Words, at: int) -> bool:
    """ "Not in room 5"."""
    return "not" in (here.core(at - 1), here.core(at - 2))


def _reads(head: str, core: str) -> bool:
    """ "Reads" for a `reading`."""
    return head.endswith("ing") and core in (head[:-3], head[:-3] + "s")


def _after(here: Words, at: int) -> Span | None:
    """The value behind a noun that names it, at once or behind "is"."""
    start = at
    linked = False
    if here.words[at - 1].stops:
        return None
    while start < len(here.words) and here.core(start) in _LINKS | _BETWEEN:
        linked |= here.core(start) in _LINKS
        start += 1
    linked |= here.words[at - 1].core.endswith(("'s", "reads"))
    numbers = [*here.spans.get("code", ()), *here.spans.get("amount", ())]
    value = max((s for s in numbers if s[0] == start), key=lambda s: s[1], default=None)
    if value is not None and is_address(here, start, end := phrase_end(here, start)):
        return start, end
    if value is not None and (linked or start == at) and not here.words[at - 1].pauses:
        if here.core(value[1]) in ("and", "or") and any(n[0] == value[1] + 1 for n in numbers):
            return value[0], value[1] + 2
        whole = phrase_end(here, start) if linked else value[1]
        dictated = _dictated_end(here, value[1], [number[0] for number in numbers])
        return start, max(value[1], whole, dictated)
    if not linked and not here.words[start : start + 1]:
        return None
    phrase = next((p for p in here.phrases if p.start <= start < p.end), None)
    if phrase is None or not (linked or here.words[start].is_capital):
        return None
    if not linked and (here.words[at - 1].breaks or is_calendar(here, (start, phrase.end))):
        return None
    return start, phrase.end


def phrase_end(here: Words, start: int) -> int:
    return next((p.end for p in here.phrases if p.start <= start < p.end), start + 1)


def _dictated_end(here: Words, end: int, numbers: Sequence[int]) -> int:
    """Where a number ends that is given in groups: "zero four, zero five nine"."""
    if not here.core(end - 1)[-1:].isdigit():
        return end
    while end in numbers and here.words[end - 1].pauses and here.core(end).isdigit():
        end += 1
    return end
