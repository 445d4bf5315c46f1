"""The figures of the voice beside its teacher's, each with the bar it has to reach."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tts.codec import FRAME
from tts.durations import UNIT
from tts.evaluation.level import level
from tts.evaluation.skips import Listened
from tts.evaluation.studio import Map, Studio, processes
from tts.evaluation.texts import many_sentences, sentences
from tts.evaluation.words import edits, said
from tts.figure import Figure

Samples = NDArray[np.float32]

TOLD_EVERY = 20
"""Sentences listened to between two words about how far it is."""


@dataclass
class Evaluation:
    """The sentences, said by both voices once for all the figures that are asked for.

    `tell` is given what a person may want to look at: what was misheard, and what is suspected.
    `kept` is a folder for what was found in many sentences.
    """

    studio: Studio
    map: Map[Any]
    sentences: Sequence[str]
    many: Sequence[str]
    kept: Path
    tell: Callable[[str], None]

    @cached_property
    def ours(self) -> list[Samples]:
        """The sentences in our voice."""
        return list(self.map(self.studio.speak, self.sentences))

    @cached_property
    def teachers(self) -> list[Samples]:
        """The sentences in the teacher's voice."""
        return list(self.map(self.studio.teach, self.sentences))

    def word_error(self) -> Iterator[Figure]:
        """How well the words are understood."""
        ours, teachers = (
            self._word_error(name, speech)
            for name, speech in (("ours", self.ours), ("teacher", self.teachers))
        )
        bar = "at most teacher + 1.5 points"
        yield Figure("word error, Whisper base, ours", f"{ours:.2f} %", bar, ours <= teachers + 1.5)
        yield Figure("word error, Whisper base, teacher", f"{teachers:.2f} %")

    def dnsmos(self) -> Iterator[Figure]:
        """How good the speech sounds."""
        ours, teachers = map(self._dnsmos, (out_of_step(self.ours), out_of_step(self.teachers)))
        met = ours >= teachers - 0.20
        yield Figure("DNSMOS OVRL, ours", f"{ours:.3f}", "at least teacher - 0.20", met)
        yield Figure("DNSMOS OVRL, teacher", f"{teachers:.3f}")
        # It hears loudness too, and the teacher speaks as it likes.
        louder = 10 ** ((level(self.ours).loudness - level(self.teachers).loudness) / 20)
        quality = self._dnsmos([s * louder for s in out_of_step(self.teachers)])
        yield Figure("  ... teacher, as loud as ours", f"{quality:.3f}")
        yield Figure("  ... ours, without silence after it", f"{self._dnsmos(self.ours):.3f}")
        quality = self._dnsmos([s[: len(s) // FRAME * FRAME] for s in self.teachers])
        yield Figure("  ... teacher, cut to whole frames of 80 ms as ours is", f"{quality:.3f}")

    def similarity(self) -> Iterator[Figure]:
        """How like the teacher's the voice is."""
        ours, teachers = (
            np.stack(list(self.map(self.studio.recognise, s))) for s in (self.ours, self.teachers)
        )
        alike = float((ours * teachers).sum(1).mean())
        yield Figure("speaker similarity to the teacher", f"{alike:.3f}", ">= 0.85", alike >= 0.85)
        others = float((ours * np.roll(teachers, 1, 0)).sum(1).mean())
        yield Figure("  ... of different sentences", f"{others:.3f}")
        itself = float((teachers * np.roll(teachers, 1, 0)).sum(1).mean())
        yield Figure("  ... the teacher to itself, different ones", f"{itself:.3f}")

    def level(self) -> Iterator[Figure]:
        """Loudness, true peak, DC and clicks."""
        ours, teachers = level(self.ours), level(self.teachers)
        near = abs(ours.loudness + 20) <= 1
        yield Figure("loudness, ours", f"{ours.loudness:.2f} LUFS", "-20 LUFS, 1 either way", near)
        one = f"{ours.quietest:.1f} to {ours.loudest:.1f}"
        yield Figure("  ... of single sentences", f"{one} LUFS")
        yield Figure("loudness, teacher", f"{teachers.loudness:.2f} LUFS")
        peak = ours.true_peak
        yield Figure("true peak", f"{peak:.2f} dBFS", "at most -1 dBFS", peak <= -1)
        yield Figure("DC, largest", f"{ours.dc:.1e}", "at most 1e-03", ours.dc <= 1e-3)
        bar = "no larger than within"
        yield Figure("step at an edge / steps within", f"{ours.click:.3f}", bar, ours.click <= 1)

    def skips(self) -> Iterator[Figure]:
        """Words left out or said twice in many sentences; goes on where it was stopped."""
        listened = Listened(self.kept / f"{self.studio.fingerprint}.jsonl")
        left = [sentence for sentence in self.many if sentence not in listened.found]
        for sentence, suspicion in zip(left, self.map(self.studio.suspect, left), strict=True):
            listened.add(sentence, suspicion)
            if suspicion:
                self.tell(f"  {suspicion}")
            if len(listened.found) % TOLD_EVERY == 0:
                self.tell(f"  {len(listened.found)} sentences listened to")
        found = [s for s in map(listened.found.get, self.many) if s]
        ours = sum(s.words for s in found if not s.teacher_too)
        both = sum(s.words for s in found if s.teacher_too)
        name = f"words skipped or added in {len(self.many)} sentences"
        yield Figure(name, str(ours), "0, after a look by hand", ours == 0)
        yield Figure("  ... and as the teacher is heard", str(both))

    def _dnsmos(self, speech: Sequence[Samples]) -> float:
        return float(mean(self.map(self.studio.judge, speech)))

    def _word_error(self, name: str, speech: Sequence[Samples]) -> float:
        heard = self.map(self.studio.hear, speech)
        wrong = total = 0
        for sentence, words in zip(self.sentences, heard, strict=True):
            expected = said(sentence)
            errors = len(edits(expected, said(words)))
            wrong, total = wrong + errors, total + len(expected)
            if errors:
                self.tell(f"  {name:8s} {errors}  {sentence}  ->  {words}")
        return 100 * wrong / total


def out_of_step(speech: Sequence[Samples]) -> list[Samples]:
    """Speeches with silence after them, 50 ms at most, up to an odd number of 25 ms.

    DNSMOS repeats short clips end to end and looks at them in strides of 80 ms. A clip of whole
    strides lies in the same places each time, and has no second chance at a better one: it scores
    .07 lower for that, the teacher's too where it is cut so.
    """
    lengths = (-(-len(s) // UNIT) | 1 for s in speech)
    return [np.pad(s, (0, n * UNIT - len(s))) for s, n in zip(speech, lengths, strict=True)]


PARTS: dict[str, Callable[[Evaluation], Iterator[Figure]]] = {
    "word-error": Evaluation.word_error,
    "dnsmos": Evaluation.dnsmos,
    "similarity": Evaluation.similarity,
    "level": Evaluation.level,
    "skips": Evaluation.skips,
}


@contextmanager
def evaluating(
    studio: Studio, at_once: int, every: int, kept: Path, tell: Callable[[str], None]
) -> Iterator[Evaluation]:
    """The evaluation of one sentence in `every`, in so many processes `at_once`.

    Raises:
        TeacherError: the teacher's files are missing.
    """
    studio.teacher.check()
    one_in = slice(None, None, max(1, every))
    with processes(at_once) as pool:
        yield Evaluation(studio, pool, sentences()[one_in], many_sentences()[one_in], kept, tell)


def report(evaluation: Evaluation, parts: Iterable[str]) -> bool:
    """Print the figures of these parts as they come; whether every bar is met."""
    met = True
    for name in parts:
        begin = time.perf_counter()
        for figure in PARTS[name](evaluation):
            print(figure, flush=True)
            met = met and figure.met is not False
        evaluation.tell(f"{name} took {time.perf_counter() - begin:.0f} s")
    return met
