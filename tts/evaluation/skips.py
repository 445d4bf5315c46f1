"""Words that were skipped or said twice: what a recogniser misses, looked at again and again.

A recogniser leaves out words of its own. So what it misses is only a suspicion: it is confirmed
when a wider search after another prompt misses the same words, and the teacher, who was given the
same phonemes, is listened to in the same way. What is left is for a person to hear.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

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

    @property
    def words(self) -> int:
        """How many are suspected."""
        return len(self.skipped) + len(self.added)

    def __str__(self) -> str:
        wrong = [*(f"-{word}" for word in self.skipped), *(f"+{word}" for word in self.added)]
        whose = "as the teacher" if self.teacher_too else "NOT the teacher"
        return f"{' '.join(wrong)} ({whose})  {self.sentence}  ->  {self.heard}"


class Listened:
    """What was found in the sentences listened to so far: a file with a line of JSON for each.

    So a thousand sentences may be stopped and gone on with.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self.found: dict[str, Suspicion | None] = {}
        for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
            row = json.loads(line)
            self.found[row["sentence"]] = restored(row["suspicion"])

    def add(self, sentence: str, suspicion: Suspicion | None) -> None:
        """Note what was found in a sentence."""
        self.found[sentence] = suspicion
        row = {"sentence": sentence, "suspicion": suspicion and asdict(suspicion)}
        with self._path.open("a", encoding="utf-8") as file:
            print(json.dumps(row, ensure_ascii=False), file=file)


def restored(row: dict[str, Any] | None) -> Suspicion | None:
    """A suspicion from its line of JSON."""
    if row is None:
        return None
    return Suspicion(**row | {name: tuple(row[name]) for name in ("skipped", "added")})


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
