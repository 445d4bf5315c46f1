"""Audio files: any that libsndfile reads, in; mono WAV, FLAC or OGG, out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from agent.errors import ParleyError

Samples = NDArray[np.int16]
"""Mono samples, shape (n,)."""


class AudioFileError(ParleyError):
    """A file cannot be read or written as audio."""


def read_audio(path: Path, rate: int) -> Samples:
    """All of a file at `rate` Hz, its channels averaged into one.

    Raises:
        AudioFileError: the file is missing, empty, or no audio that can be read.
    """
    try:
        if not path.stat().st_size:
            raise AudioFileError(f"{path} is empty: choose a recording with sound in it.")
        with path.open("rb") as file:
            samples, recorded_rate = soundfile.read(file, dtype="float32", always_2d=True)
    except OSError as error:
        raise AudioFileError(f"{path} cannot be read: {error.strerror}.") from error
    except soundfile.SoundFileError as error:
        raise AudioFileError(
            f"{path} is not an audio file that can be read: use WAV, FLAC, OGG or MP3."
        ) from error
    if not len(samples):
        raise AudioFileError(f"{path} holds no sound: choose a recording with sound in it.")
    mono = samples.mean(axis=1, dtype=np.float32)
    if recorded_rate != rate:
        mono = soxr.resample(mono, recorded_rate, rate)
    return to_int16(mono)


def to_int16(audio: NDArray[np.float32]) -> Samples:
    """Samples of full scale 1 as int16; what is louder is clipped."""
    return (np.clip(audio, -1, 1) * 32767).astype(np.int16)


@contextmanager
def writing(path: Path, rate: int) -> Iterator[soundfile.SoundFile]:
    """A new mono 16-bit file at `rate` Hz, of the kind that its name says; `write` adds samples.

    Raises:
        AudioFileError: the name says no known kind, or the file cannot be written.
    """
    kind = path.suffix.removeprefix(".").upper()
    if kind not in ("WAV", "FLAC", "OGG"):
        raise AudioFileError(f"{path} is no name for audio: end it in .wav, .flac or .ogg.")
    try:
        file = path.open("wb")
    except OSError as error:
        raise AudioFileError(f"{path} cannot be written: {error.strerror}.") from error
    with file, soundfile.SoundFile(file, "w", rate, channels=1, format=kind) as sound:
        yield sound
