"""One's own recordings -> a corpus: resampled, trimmed, of one loudness, aligned with their texts.

A folder holds NAME.wav (or .flac, .ogg) and NAME.txt, what is said in it. The corpus has the form
that `tts.training.teacher` gives, so that training takes either.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from tts.codec import HOP, SAMPLE_RATE
from tts.engine import Engine
from tts.symbols import SYMBOLS
from tts.training.align import align
from tts.training.latents import add_clip
from tts.training.settings import TrainingError

Samples = NDArray[np.float32]

ENDINGS = (".wav", ".flac", ".ogg")
LEVEL = -22.0
"""Mean power of speech in dBFS, as the teacher has it."""
QUIET = 30.0
"""Decibels below the mean power of speech at which it is taken to begin and to end."""
LEAD, TRAIL = 0.32, 0.5
"""Seconds of silence before and after, as the teacher leaves them."""
MOST_SECONDS = 13.5
"""Longer recordings are not used: training sees utterances up to this."""
END_MARKS = (".", "?", "!")


def pairs(folder: Path) -> list[tuple[Path, str]]:
    """Recordings and their texts.

    Raises:
        TrainingError: there is no recording with a text beside it.
    """
    found = []
    for path in sorted(folder.glob("*")):
        text = path.with_suffix(".txt")
        if path.suffix.lower() in ENDINGS and text.is_file():
            found.append((path, " ".join(text.read_text(encoding="utf-8").split())))
    if not found:
        raise TrainingError(
            f"{folder} holds no recording with its text: put NAME.txt beside each NAME.wav."
        )
    return found


def read(path: Path) -> Samples:
    """A recording as float32 mono at 24 kHz. Raises `TrainingError` when it cannot be read."""
    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise TrainingError(f"{path} cannot be read as sound: {error}") from error
    return np.asarray(soxr.resample(samples.mean(1), rate, SAMPLE_RATE), np.float32)


def prepared(samples: Samples) -> Samples:
    """Speech at the training speech's level, with its silence before and after it.

    Empty when there is no sound at all.
    """
    whole = samples[: len(samples) // HOP * HOP].reshape(-1, HOP)
    power = (whole.astype(np.float64) ** 2).mean(1)
    if not power.any():
        return np.zeros(0, np.float32)
    loud = power > power.max() / 1000
    mean = power[loud].mean()
    heard = np.flatnonzero(power > mean / 10 ** (QUIET / 10))
    # Sounds shorter than 30 ms at the edges are clicks and breaths.
    heard = heard[np.isin(heard + 1, heard) & np.isin(heard + 2, heard)]
    if not len(heard):
        return np.zeros(0, np.float32)
    begin = max(0, heard[0] * HOP - round(0.05 * SAMPLE_RATE))
    end = min(len(samples), (heard[-1] + 3) * HOP + round(0.1 * SAMPLE_RATE))
    speech = samples[begin:end] * 10 ** (LEVEL / 20) / np.sqrt(mean)
    fade = np.linspace(0, 1, HOP, dtype=np.float32)
    speech[:HOP] *= fade
    speech[-HOP:] *= fade[::-1]
    lead = round(LEAD * SAMPLE_RATE) - (heard[0] * HOP - begin)
    trail = round(TRAIL * SAMPLE_RATE) - (end - (heard[-1] + 3) * HOP)
    return np.clip(np.pad(speech, (lead, trail)), -1, 1).astype(np.float32)


def import_recordings(engine: Engine, folder: Path, corpus: Path) -> Iterator[str]:
    """Make a corpus of a folder of recordings; yields what was done with each.

    Raises:
        TrainingError: there are no recordings, or one cannot be read.
    """
    found = pairs(folder)
    corpus.parent.mkdir(parents=True, exist_ok=True)
    corpus.write_text("")
    for path, text in found:
        samples = prepared(read(path))
        if not text.rstrip().endswith(END_MARKS):
            text += "."
        symbols = engine.pronounce(text).symbols
        seconds = len(samples) / SAMPLE_RATE
        if not 1 < seconds <= MOST_SECONDS or len(symbols) < 3:
            yield f"{path.name}: left out, {seconds:.1f} s of speech in it"
            continue
        units = align(engine, [SYMBOLS[symbol] for symbol in symbols], samples)
        add_clip(corpus, path.stem, text, symbols, [round(unit, 2) for unit in units], samples)
        yield f"{path.name}: {seconds:.1f} s"
