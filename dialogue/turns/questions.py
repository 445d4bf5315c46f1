"""Whether a reply, as far as it was heard, has put a question to the caller."""

from __future__ import annotations

ANTICIPATED = 2
"""Words that may be missing from a question that is answered already: people do not wait."""

LINGERS = 3
"""Words of the next sentence over which a question may still be answered."""


def asks(words: list[str], heard: int) -> bool:
    """Whether a question waits for its answer when `heard` of the reply's `words` were heard."""
    near = words[max(heard - LINGERS, 0) : heard + ANTICIPATED]
    last = next((word for word in reversed(near) if _ends_sentence(word)), "")
    return _ends_question(last)


def _ends_sentence(word: str) -> bool:
    return word.rstrip("\"')").endswith((".", "!", "?"))


def _ends_question(word: str) -> bool:
    return word.rstrip("\"')").endswith("?")
