"""What a caller's first words settle of a tool's parameters: by rules, and by the learned reader.

The reader knows what the rules tell and may know better; where it is not sure, they stand, and
the language model chooses between what they leave open. Nobody's word makes a table a name: a
parameter of a strict kind takes what was mentioned of that kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from dialogue.calendar import Span
from dialogue.disfluency.words import Word
from dialogue.frames.filling import told
from dialogue.frames.reader import Asked, Reader, Value
from dialogue.frames.request import Request
from dialogue.frames.words import CALENDAR, without_article
from dialogue.mentions import is_strict, kind_of

_SURE: Final = 0.8
_LIKELY: Final = 0.15
_UNLIKELY: Final = 0.03


def settled(
    texts: Sequence[str],
    numbers: Sequence[str],
    words: Sequence[Word],
    description: str,
    *,
    opening: bool,
    reader: Reader | None,
) -> dict[str, list[str]]:
    """The mentions that each parameter may be: `texts` take any words, `numbers` a number.

    `description` is the tool's. Later than in an `opening`, the caller's first turn, words may
    speak of something said before, and only the rules are asked.
    """
    found = told(texts, words, description, opening=opening, asks_number=bool(numbers))
    if reader is None or not opening or not words or not (texts or numbers):
        return found
    request = _request(tuple(words))
    asked = [Asked(name, tuple(found.get(name, ()))) for name in texts]
    asked += [Asked(name, is_number=True) for name in numbers]
    values = reader.read(request, asked)
    for one, value in zip(asked, values, strict=False):
        if not _may_be(one, value.run, request.mentioned):
            continue
        if value.likelihood >= _SURE:
            found[one.name] = [request.text(without_article(words, value.run))]
        elif options := _plausible(one.told, value):
            found[one.name] = options
    return found


@lru_cache(maxsize=4)
def _request(words: tuple[Word, ...]) -> Request:
    """One for all tools that are asked of the same words."""
    return Request(words)


def _may_be(one: Asked, run: Span, mentioned: Mapping[str, Sequence[Span]]) -> bool:
    """Whether the run is of the parameter's kind, where that is one that words tell."""
    kind = "number" if one.is_number else kind_of(one.name)
    if kind in ("number", "name", "code"):
        dated = [span for other in CALENDAR for span in mentioned[other]]
        if any(_share(run, span) for span in dated):
            return False
    spelled = is_strict(kind) or kind == "code"
    return not spelled or any(_share(run, span) for span in mentioned[kind])


def _share(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _plausible(rules: Sequence[str], value: Value) -> list[str]:
    """What the rules tell and the reader does not rule out, and what it thinks of itself."""
    likely = [text for text, share in value.likely.items() if share >= _LIKELY]
    told = [text for text in rules if value.likely.get(text, 0.0) >= _UNLIKELY]
    return list(dict.fromkeys([*told, *likely])) if len(rules) != 1 else list(rules)
