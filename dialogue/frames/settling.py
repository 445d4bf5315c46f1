"""What a caller's first words settle of a tool's parameters: by rules, and by the learned reader.

The reader knows what the rules tell and knows better, and better than a small language model
chooses. Where it is not sure, the model chooses between what both leave open.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Final

from dialogue.calendar import Span
from dialogue.disfluency.words import Word
from dialogue.frames.filling import told
from dialogue.frames.reader import Asked, Reader, Value
from dialogue.frames.request import Request
from dialogue.frames.words import CALENDAR, without_article
from dialogue.mentions import kind_of

_SURE: Final = 0.35
_SAID: Final = 3.0
"""A value is taken that is so many times likelier than that there is none."""
_UNSAID: Final = 0.9
"""Where this likely nothing is told, nothing is asked of the model; of 1301 values told, 1.7 % are
taken for untold so, and 69 % of those untold are."""
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
    optional: Collection[str] = (),
) -> dict[str, list[str]]:
    """The mentions that each parameter may be: `texts` take any words, `numbers` a number.

    None, where it is sure that nothing is told; what is left open is missing. `description` is the
    tool's. The `optional` parameters, which are among the others, are settled where the reader is
    sure of them. Later than in an `opening`, the caller's first turn, words may speak of something
    said before, and only the rules are asked.
    """
    rules = told(texts, words, description, opening=opening, asks_number=bool(numbers))
    found = {name: values for name, values in rules.items() if name not in optional}
    if reader is None or not opening or not words or not (texts or numbers):
        return found
    request = _request(tuple(words))
    asked = [Asked(name, tuple(rules.get(name, ()))) for name in texts]
    asked += [Asked(name, is_number=True) for name in numbers]
    values = reader.read(request, asked)
    for one, value in zip(asked, values, strict=False):
        if value.unsaid >= _UNSAID and not one.told:
            found[one.name] = []
        elif not _may_be(one.name, value.run, request):
            continue
        elif value.likelihood >= max(_SURE, _SAID * value.unsaid):
            found[one.name] = [request.text(without_article(words, value.run))]
        elif one.name not in optional and (options := _plausible(one.told, value)):
            found[one.name] = options
    return found


@lru_cache(maxsize=4)
def _request(words: tuple[Word, ...]) -> Request:
    """One for all tools that are asked of the same words."""
    return Request(words)


def _may_be(name: str, run: Span, request: Request) -> bool:
    """Whether the run is a day or a time where the parameter is one: nobody comes "on day 7"."""
    kind = kind_of(name)
    if kind not in CALENDAR:
        return True
    return any(start < run[1] and run[0] < end for start, end in request.mentioned[kind])


def _plausible(rules: Sequence[str], value: Value) -> list[str]:
    """What the rules tell and the reader does not rule out, and what it thinks of itself."""
    likely = [text for text, share in value.likely.items() if share >= _LIKELY]
    told = [text for text in rules if value.likely.get(text, 0.0) >= _UNLIKELY]
    return list(dict.fromkeys([*told, *likely])) if len(rules) != 1 else list(rules)
