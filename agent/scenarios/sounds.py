"""Sounds of callers that are no words: mm-hm, uh-huh, laughter, a cough, a cleared throat.

No recordings of them with a free licence were at hand, and Kokoro cannot hum. They are made as a
formant synthesiser makes them (Klatt 1980): a pulsed source and breath, through resonances.
Float32 mono at 16 kHz.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agent.line import CALLER_RATE

Audio = NDArray[np.float32]
Wave = NDArray[np.float64]

Resonance = tuple[float, float, float]
"""Frequency and bandwidth, Hz, and peak."""

NASAL: Sequence[Resonance] = ((270, 60, 1.0), (1050, 150, 0.10), (2200, 200, 0.05))
OPEN: Sequence[Resonance] = ((680, 90, 1.0), (1200, 110, 0.5), (2500, 170, 0.2))


@dataclass(frozen=True)
class Piece:
    """A stretch of one sound: its length in s, pitch at its ends as a share of the speaker's,
    how much of it is voice and how much breath, and the mouth it comes through."""

    seconds: float
    pitch: tuple[float, float]
    voice: float
    breath: float
    mouth: Sequence[Resonance]


MM_HM = (
    Piece(0.17, (1.0, 0.94), 1.0, 0.01, NASAL),
    Piece(0.07, (0.95, 1.1), 0.1, 0.25, NASAL),
    Piece(0.24, (1.2, 1.05), 1.1, 0.01, NASAL),
)
UH_HUH = (
    Piece(0.13, (1.0, 0.95), 1.0, 0.01, OPEN),
    Piece(0.08, (1.0, 1.1), 0.05, 0.25, OPEN),
    Piece(0.20, (1.2, 1.05), 1.0, 0.02, OPEN),
)
LAUGHTER = tuple(
    piece
    for burst in range(5)
    for piece in (
        Piece(0.08, (1.6, 1.7), 0.05, 0.4 - 0.05 * burst, OPEN),
        Piece(0.09, (1.9 - 0.1 * burst, 1.6 - 0.1 * burst), 1.0 - 0.15 * burst, 0.06, OPEN),
    )
)
COUGH = (
    Piece(0.04, (1.0, 1.0), 0.0, 1.6, OPEN),
    Piece(0.13, (1.0, 1.0), 0.0, 0.5, OPEN),
    Piece(0.10, (1.3, 0.9), 0.4, 0.3, OPEN),
    Piece(0.10, (1.0, 1.0), 0.0, 0.0, OPEN),
    Piece(0.04, (1.0, 1.0), 0.0, 1.3, OPEN),
    Piece(0.14, (1.0, 1.0), 0.0, 0.4, OPEN),
    Piece(0.08, (1.2, 0.8), 0.3, 0.2, OPEN),
)
THROAT = tuple(
    piece
    for _ in range(7)
    for piece in (
        Piece(0.035, (0.6, 0.6), 0.7, 0.5, OPEN),
        Piece(0.015, (0.6, 0.6), 0.1, 0.2, OPEN),
    )
)

SOUNDS = {
    "mm-hm": MM_HM,
    "uh-huh": UH_HUH,
    "laughter": LAUGHTER,
    "cough": COUGH,
    "throat": THROAT,
}
PITCH = {"m": 115.0, "f": 205.0}
"""A speaker's pitch, Hz, by the second letter of the voice's name."""


def made(name: str, voice: str) -> Audio:
    """A sound of `SOUNDS` as the speaker of `voice` makes it."""
    return sound(SOUNDS[name], PITCH[voice[1]])


def sound(pieces: Sequence[Piece], pitch: float) -> Audio:
    """The pieces one after the other, gliding from each to the next within 20 ms."""
    lengths = [int(piece.seconds * CALLER_RATE) for piece in pieces]
    size = sum(lengths)
    glides = [np.linspace(*piece.pitch, n) for piece, n in zip(pieces, lengths, strict=True)]
    source = _pulses(pitch * _smooth(np.concatenate(glides)))
    breath = np.random.default_rng(11).standard_normal(size)
    out = np.zeros(size)
    for mouth in (NASAL, OPEN):
        through = [piece.mouth is mouth for piece in pieces]
        shares = [(piece.voice, piece.breath) for piece in pieces]
        voiced = _levels([v * t for (v, _), t in zip(shares, through, strict=True)], lengths)
        blown = _levels([b * t for (_, b), t in zip(shares, through, strict=True)], lengths)
        out += _through(mouth, source * voiced + 0.3 * breath * blown)
    edge = np.minimum(1.0, np.minimum(np.arange(size), np.arange(size)[::-1]) / 160)
    shaped = out * edge
    return np.asarray(0.5 * shaped / np.abs(shaped).max(), np.float32)


def _levels(shares: Sequence[float], lengths: Sequence[int]) -> Wave:
    return _smooth(np.repeat(np.asarray(shares, np.float64), lengths))


def _smooth(values: Wave) -> Wave:
    width = CALLER_RATE // 50
    padded = np.pad(values, width // 2, mode="edge")
    return np.convolve(padded, np.hanning(width) / np.hanning(width).sum(), "same")[
        width // 2 : width // 2 + len(values)
    ]


def _pulses(pitch: Wave) -> Wave:
    """A glottal flow's derivative, roughly: a sawtooth, softened by one pole."""
    phase = np.cumsum(pitch) / CALLER_RATE % 1.0
    saw = 2.0 * phase - 1.0
    return np.convolve(saw, 0.6 ** np.arange(24))[: len(saw)]


def _through(mouth: Sequence[Resonance], wave: Wave) -> Wave:
    spectrum = np.fft.rfft(wave)
    frequency = np.fft.rfftfreq(len(wave), 1 / CALLER_RATE)
    gain = 0.01 + sum(
        peak / np.sqrt(1 + ((frequency - centre) / width) ** 2) for centre, width, peak in mouth
    )
    return np.asarray(np.fft.irfft(spectrum * gain, len(wave)))
