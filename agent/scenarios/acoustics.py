"""Where a caller is: loudness, room, telephone, and what is heard around; float32 at 16 kHz."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import soxr
from numpy.typing import NDArray

from agent.audio import to_int16
from agent.line import CALLER_RATE
from agent.recording import AUDIBLE_DBFS, SPEECH_OVER_FLOOR_DB, levels, sound_blocks

Audio = NDArray[np.float32]
Samples = NDArray[np.int16]

SPEECH_DBFS = -24.0
"""Level of a caller's voice while it speaks."""

QUIET_DBFS = -68.0
"""Noise of a microphone in a quiet room."""

PHONE_RATE = 8000
MU = 255.0
BLOCK = CALLER_RATE // 100


def speech_bounds(audio: Audio) -> tuple[int, int]:
    """First and one past the last sample that is audible as speech; all of it if nothing is.

    A sound is what is above -45 dBFS, or 10 dB above the noise floor where that is louder.
    """
    level = levels(to_int16(audio), CALLER_RATE)
    if not len(level):
        return 0, len(audio)
    floor = float(np.percentile(level, 10)) + SPEECH_OVER_FLOOR_DB
    # Speech without a pause has no floor to be seen.
    threshold = max(AUDIBLE_DBFS, min(floor, float(level.max()) - 20.0))
    blocks = sound_blocks(level + (AUDIBLE_DBFS - threshold))
    return (blocks[0][0] * BLOCK, blocks[-1][1] * BLOCK) if blocks else (0, len(audio))


def at_level(audio: Audio, dbfs: float) -> Audio:
    """As loud as asked for, measured where it is within 25 dB of its loudest 10 ms."""
    level = levels(to_int16(audio / max(1.0, float(np.abs(audio).max(initial=0.0)))), CALLER_RATE)
    if not len(level) or level.max() <= -79.0:
        return audio
    loud = level[level > level.max() - 25.0]
    spoken = 10 * np.log10(np.mean(10 ** (loud / 10)))
    return np.asarray(audio * 10 ** ((dbfs - spoken) / 20), np.float32)


def in_room(audio: Audio, impulse: Audio) -> Audio:
    """As it sounds in a room; as loud as before, and longer by the room's decay."""
    direct = int(np.abs(impulse).argmax())
    response = impulse[direct:]  # no delay: what is said is heard when it is said
    size = len(audio) + len(response) - 1
    wet = np.fft.irfft(np.fft.rfft(audio, size) * np.fft.rfft(response, size), size)
    gain = np.sqrt(np.sum(audio**2) / max(float(np.sum(wet**2)), 1e-12))
    return np.asarray(wet * gain, np.float32)


def by_phone(audio: Audio) -> Audio:
    """300 to 3400 Hz, as a telephone line passes it."""
    narrow = soxr.resample(soxr.resample(audio, CALLER_RATE, PHONE_RATE), PHONE_RATE, CALLER_RATE)
    spectrum = np.fft.rfft(narrow)
    frequency = np.fft.rfftfreq(len(narrow), 1 / CALLER_RATE)
    passed = np.clip((frequency - 200) / 100, 0, 1) * np.clip((3700 - frequency) / 300, 0, 1)
    return np.asarray(np.fft.irfft(spectrum * passed, len(narrow)), np.float32)


def mu_law(samples: Samples) -> Samples:
    """Samples after mu-law coding in eight bits and back (G.711)."""
    x = samples.astype(np.float32) / 32768
    coded = np.round(127 * np.sign(x) * np.log1p(MU * np.abs(x)) / np.log1p(MU)) / 127
    return to_int16(
        np.asarray(np.sign(coded) * np.expm1(np.abs(coded) * np.log1p(MU)) / MU, np.float32)
    )


def microphone_noise() -> Audio:
    """Ten seconds of what a microphone makes of a quiet room."""
    noise = np.random.default_rng(1).standard_normal(10 * CALLER_RATE)
    return np.asarray(noise * 10 ** (QUIET_DBFS / 20), np.float32)


def surroundings(noise: Audio, *, phone: bool) -> Callable[[Samples], Samples]:
    """Adds `noise`, over and over, to what the caller says, block by block as it is sent."""
    loop = to_int16(noise).astype(np.int32)
    position = 0

    def add(voice: Samples) -> Samples:
        nonlocal position
        here = np.take(loop, np.arange(position, position + len(voice)), mode="wrap")
        position = (position + len(voice)) % len(loop)
        mixed = np.clip(voice + here, -32768, 32767).astype(np.int16)
        return mu_law(mixed) if phone else mixed

    return add
