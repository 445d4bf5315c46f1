"""Whether a text hints at a disfluency at all: the cheap look before the learned one.

Of 3240 written requests with disfluencies five hold no hint.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from dialogue.disfluency.cues import FILLERS, cues
from dialogue.disfluency.scene import DETERMINERS, OPENERS, PREPOSITIONS
from dialogue.disfluency.values import Kind, values
from dialogue.disfluency.words import Word, cores

_SAID_TWICE: Final = DETERMINERS | PREPOSITIONS | frozenset("i and".split())
"""Words that a fluent speaker says twice in a sentence."""
_HINTS: Final = frozenset(
    """no nope not never wait sorry mean meant rather or oh actually instead oops whoops scratch
    correction hold hang excuse pardon mind nevermind well make say saying tell i'll lie mistake
    forget cancel different that's it's""".split()
)
_ALIKE: Final = {Kind.TIME: Kind.NUMBER}


def hints(words: Sequence[Word]) -> bool:
    """Whether anything is taken back, said twice, or hesitated over in `words`, perhaps."""
    said = [core for core in cores(words) if core]
    if cues(words) or not (FILLERS | _HINTS).isdisjoint(said):
        return True
    often = Counter(core for core in said if core not in _SAID_TWICE)
    kinds = Counter(_ALIKE.get(value.kind, value.kind) for value in values(words))
    twice = any(here == there for here, there in pairwise(said))
    begins = any(here.breaks and there.core in OPENERS for here, there in pairwise(words))
    broken = any(word.text.rstrip(",.").endswith("-") for word in words)
    if twice or begins or broken:
        return True
    return any(count > 1 for counts in (often, kinds) for count in counts.values())
