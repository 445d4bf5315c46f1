"""Who speaks and who listens, in processes of their own with one thread each."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from tts.engine import Engine
from tts.evaluation import quality, skips
from tts.evaluation.listener import Listener
from tts.evaluation.teacher import Teacher
from tts.settings import SpeakingSettings

Samples = NDArray[np.float32]
Given = TypeVar("Given")
Made = TypeVar("Made")
Map = Callable[[Callable[[Any], Made], Sequence[Any]], Iterator[Made]]
"""What is made of each, in order, as soon as it is there."""


@dataclass(frozen=True)
class Studio:
    """Folders of the voice's weights, of Whisper and of the teacher, and how the voice is set."""

    weights: Path
    whisper: Path
    teacher: Teacher
    settings: SpeakingSettings = field(default_factory=SpeakingSettings)

    def speak(self, text: str) -> Samples:
        """A text in our voice."""
        chunks = _engine(self.weights, self.settings).speak([text])
        return np.concatenate([chunk.samples for chunk in chunks])

    def teach(self, text: str) -> Samples:
        """A text in the teacher's voice."""
        return _teacher(self.teacher).say(text)

    def hear(self, samples: Samples) -> str:
        """What Whisper hears."""
        return _listener(self.whisper).hear(samples)

    def judge(self, samples: Samples) -> float:
        """DNSMOS OVRL."""
        return quality.overall_quality(samples)

    def recognise(self, samples: Samples) -> NDArray[np.float32]:
        """The speaker's vector."""
        return quality.speaker(samples)

    @property
    def fingerprint(self) -> str:
        """Of what the voice says a text with: weights and settings."""
        told = hashlib.sha256(self.settings.model_dump_json().encode())
        for file in sorted(self.weights.rglob("*")):
            if file.is_file():
                told.update(file.read_bytes())
        return told.hexdigest()[:16]

    def suspect(self, text: str) -> skips.Suspicion | None:
        """Say a text and look for words that are not in it."""
        listener = _listener(self.whisper)
        return skips.suspicion(text, self.speak(text), partial(self.teach, text), listener)


@contextmanager
def processes(count: int) -> Iterator[Map[Any]]:
    """A map over so many processes; `os.nice` is theirs from the parent."""
    for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[threads] = "1"
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, context) as pool:
        yield lambda do, given: pool.map(do, given, chunksize=4)


@lru_cache(maxsize=1)
def _engine(weights: Path, settings: SpeakingSettings) -> Engine:
    return Engine(weights, settings)


@cache
def _teacher(teacher: Teacher) -> Teacher:
    teacher.check()
    return teacher


@cache
def _listener(whisper: Path) -> Listener:
    return Listener(whisper)
