"""A corpus from a teacher: Kokoro-82M (Apache-2.0) speaks texts and says how long each symbol took.

OUT.jsonl     a line a clip: id, text, symbols, dur (units of 600 samples for a leading pad,
              every symbol, a trailing pad), samples
OUT/ID.ogg    24 kHz mono Opus
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tts.codec import SAMPLE_RATE
from tts.kokoro import Kokoro
from tts.phonemes import PhonemeFrontEnd
from tts.symbols import SYMBOLS
from tts.training.latents import add_clip
from tts.training.settings import TrainingError

DURATIONS = "/encoder/Round_output_0"
"""Where in its graph the durations are, in units of 600 samples."""
FEWEST_SYMBOLS, MOST_SYMBOLS = 3, 300

Samples = NDArray[np.float32]


def with_output(model: bytes, name: str) -> bytes:
    """An ONNX model that also puts out a float tensor from inside its graph.

    A second `graph` field with nothing but an output: protocol buffers merge the two.
    """

    def field(number: int, content: bytes) -> bytes:
        return bytes((number << 3 | 2, len(content))) + content

    tensor = field(1, bytes((1 << 3, 1)))  # element type: float
    return model + field(7, field(12, field(1, name.encode()) + field(2, tensor)))


class Teacher:
    """Speaks phoneme symbols with one of the voices in the model's folder.

    Raises:
        TrainingError: its files are not there.
    """

    def __init__(self, model: Path, voice: str) -> None:
        self._kokoro = _KokoroWithDurations(model)
        self._voice = voice
        if (file := self._kokoro.missing(voice)) is not None:
            raise TrainingError(
                f"{file} is missing: `parley models fetch kokoro-82m` brings the teacher."
            )

    def speak(self, symbols: Sequence[int]) -> tuple[Samples, list[int]]:
        """Samples at 24 kHz, and the units of a leading pad, every symbol, a trailing pad."""
        samples, units = self._kokoro.outputs(self._voice, symbols)
        peak = max(1.0, float(np.abs(samples).max()) / 0.99)
        return samples / peak, units.astype(int).tolist()


class _KokoroWithDurations(Kokoro):
    def graph(self) -> bytes:
        return with_output(super().graph(), DURATIONS)


def make_corpus(
    teacher: Teacher, texts: Sequence[str], corpus: Path, minutes: float
) -> Iterator[float]:
    """Speak texts into a corpus until it has so many minutes; yields how many it has.

    What is there already is kept: a corpus may be made in several goes.
    """
    pronounce = PhonemeFrontEnd()
    lines = corpus.read_text(encoding="utf-8").splitlines() if corpus.is_file() else []
    rows = [json.loads(line) for line in lines]
    made = {row["text"] for row in rows}
    spoken = sum(row["samples"] for row in rows) / SAMPLE_RATE / 60
    for number, text in enumerate(texts):
        if spoken >= minutes:
            return
        symbols = pronounce(text).symbols
        if text in made or not FEWEST_SYMBOLS <= len(symbols) <= MOST_SYMBOLS:
            continue
        samples, units = teacher.speak([SYMBOLS[symbol] for symbol in symbols])
        add_clip(corpus, f"{number:05}", text, symbols, units, samples)
        spoken += len(samples) / SAMPLE_RATE / 60
        yield spoken


def read_texts(path: Path) -> list[str]:
    """A text a line. Raises `TrainingError` when the file cannot be read or is empty."""
    try:
        texts = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise TrainingError(f"{path} cannot be read as UTF-8 text: give a text a line.") from error
    texts = [text for text in texts if text]
    if not texts:
        raise TrainingError(f"{path} holds no text to speak.")
    return texts
