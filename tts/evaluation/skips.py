"""Words that were skipped or said twice: what a recogniser misses, looked at again and again.

A recogniser leaves out words of its own. So what it misses is only a suspicion: it is confirmed
when a wider search after another prompt misses the same words, and the teacher, who was given the
same phonemes, is listened to in the same way. What is left is for a person to hear.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tts.evaluation.listener import Listener
from tts.evaluation.words import edits, said

Samples = NDArray[np.float32]

SHORT_WINDOW = 10
"""Seconds that the first look encodes: a third of Whisper's own, three times as fast."""
SECOND_PROMPT = "This is what was said, word for word, on the phone."
SECOND_BEAM = 5


@dataclass(frozen=True)
class Suspicion:
    """Words of a sentence that seem skipped, and heard ones that seem to be too many."""

    sentence: str
    heard: str
    skipped: tuple[str, ...]
    added: tuple[str, ...]
    teacher_heard: str
    teacher_too: bool
    """Whether the teacher is heard with the same words missing and added."""


def missing(sentence: str, heard: str) -> tuple[set[tuple[int, str]], set[tuple[int, str]]]:
    """Expected words not heard and heard words not expected, each with its place in the sentence.

    A word that was heard as another is neither.
    """
    expected, words = said(sentence), said(heard)
    skipped: set[tuple[int, str]] = set()
    added: set[tuple[int, str]] = set()
    for edit in edits(expected, words):
        if not edit.heard:
            skipped.update((i, expected[i]) for i in edit.expected)
        if not edit.expected:
            added.update((edit.expected.start, words[j]) for j in edit.heard)
    return skipped, added


def suspicion(
    sentence: str, samples: Samples, teacher: Callable[[], Samples], listener: Listener
) -> Suspicion | None:
    """What two looks at a spoken sentence agree is missing or too much; None where nothing is."""
    first = missing(sentence, listener.hear(samples, window=SHORT_WINDOW))
    if not any(first):
        return None

    def again(audio: Samples) -> str:
        return listener.hear(audio, beam=SECOND_BEAM, prompt=SECOND_PROMPT)

    heard = again(samples)
    second = missing(sentence, heard)
    skipped, added = first[0] & second[0], first[1] & second[1]
    if not (skipped or added):
        return None
    teacher_heard = again(teacher())
    too = missing(sentence, teacher_heard)
    return Suspicion(
        sentence,
        heard,
        tuple(word for _, word in sorted(skipped)),
        tuple(word for _, word in sorted(added)),
        teacher_heard,
        teacher_too=skipped <= too[0] and added <= too[1],
    )
