"""What the agent says of its own accord, whatever the model does."""

from __future__ import annotations

import re

from dialogue.errors import (
    ChatError,
    CutShort,
    EndpointRefused,
    EndpointTimeout,
    EndpointUnreachable,
    RateLimited,
)

SLOW = "One moment, please. "
"""Said when the first word is late."""

NOTHING = "Sorry, I have no answer to that."
"""Said when the model finished without a word."""

NOT_UNDONE = "What you asked for before still stands, too."
"""Told where a tool did what was put right and could not take back what it did before."""

BROKE_OFF = " ... Sorry, I lost my thread there. Please ask me again."
"""Said when a reply fails in the middle."""

_PROSE = re.compile(r"[A-Za-z0-9][^{}\[\]<>]* [^{}\[\]<>]{1,300}")

_FILLERS = ("Let me check. ", "Just a second. ", "I'm looking into it. ")

_EXCUSES: tuple[tuple[type[ChatError], str], ...] = (
    (EndpointUnreachable, "Sorry, I cannot reach my language model right now."),
    (EndpointTimeout, "Sorry, that is taking me too long. Please ask me again."),
    (EndpointRefused, "Sorry, my language model does not accept my requests right now."),
    (RateLimited, "Sorry, I am too busy to answer right now. Please try again in a moment."),
    (CutShort, "Sorry, my answer was cut off. Please ask me again."),
    (ChatError, "Sorry, something went wrong with my language model. Please ask me again."),
)


def filler(number: int) -> str:
    """What is said while the `number`th slow tool of a call runs: never the same twice in a row."""
    return _FILLERS[number % len(_FILLERS)]


def outcome(result: str, *, failed: bool) -> str:
    """What a tool said, for the caller, when the model has nothing to say about it."""
    prose = " ".join(result.split())
    plain = bool(_PROSE.fullmatch(prose))
    if failed:
        return f"Sorry, that did not work: {prose}" if plain else "Sorry, that did not work."
    if plain:
        return prose
    return f"The answer is {prose}." if prose.isalnum() else NOTHING


def excuse(error: ChatError) -> str:
    """The sentence that tells the caller of `error`."""
    return next(sentence for kind, sentence in _EXCUSES if isinstance(error, kind))
