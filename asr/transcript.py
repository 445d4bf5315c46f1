"""What was heard: words, their times, and how sure they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Word:
    """One word, punctuation attached, with its times in seconds from the start of the audio."""

    text: str
    start: float
    end: float


@dataclass(frozen=True)
class Language:
    """A guess at the language of speech."""

    code: str
    """Whisper's."""
    probability: float


@dataclass(frozen=True)
class Transcript:
    """What was said; a first look has no `words`, only their text."""

    text: str = ""
    words: tuple[Word, ...] = ()
    language: str = "en"
    confidence: float = 0.0
    """Geometric mean of the tokens' probabilities, 0 to 1."""
    spoken: Language | None = None
    """What the speech sounds like, where its words were in doubt and it is not `language`."""


def joined(pieces: Sequence[Transcript]) -> Transcript:
    """Pieces of one speech, in order, as one; no surer than the least sure of them."""
    return Transcript(
        text=" ".join(piece.text for piece in pieces),
        words=tuple(word for piece in pieces for word in piece.words),
        language=pieces[0].language,
        confidence=min(piece.confidence for piece in pieces),
        spoken=next((piece.spoken for piece in pieces if piece.spoken), None),
    )
