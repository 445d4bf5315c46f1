"""What the caller says, as sound: recordings, the callers' voices, the room they call from."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from agent.audio import Samples, read_audio, to_int16
from agent.line import CALLER_RATE
from agent.scenarios import acoustics, sounds
from agent.scenarios.acoustics import Audio
from agent.scenarios.kokoro import SYMBOLS_OF_SOUNDS, Callers
from agent.scenarios.script import Noise, Scenario, Speech

_PAUSE = re.compile(r"\s*\[(\d+(?:\.\d+)?)\]\s*")


@dataclass(frozen=True)
class Clip:
    """Sound to be said, int16 mono at 16 kHz, and the samples between which it is speech."""

    samples: Samples
    speech: tuple[int, int]


class Studio:
    """Makes the sound of every step of a scenario.

    Raises:
        ParleyError: a recording that a step names cannot be read.
    """

    def __init__(self, recordings: Path, callers: Callers) -> None:
        self._recordings = recordings
        self._callers = callers

    def clip(self, scenario: Scenario, step: Speech) -> Clip:
        """One step as it reaches the line."""
        audio = acoustics.at_level(self._dry(scenario, step), acoustics.SPEECH_DBFS)
        speech = acoustics.speech_bounds(audio)
        audio = np.asarray(audio * 10 ** (step.level / 20), np.float32)
        if scenario.room:
            audio = acoustics.in_room(audio, self._recording(scenario.room))
        if scenario.line == "phone":
            audio = acoustics.by_phone(audio)
        return Clip(to_int16(audio), speech)

    def surroundings(self, scenario: Scenario) -> Callable[[Samples], Samples]:
        """What the line makes of the caller's sound."""
        phone = scenario.line == "phone"
        noise = self._noise(scenario.noise) if scenario.noise else acoustics.microphone_noise()
        return acoustics.surroundings(acoustics.by_phone(noise) if phone else noise, phone=phone)

    def _noise(self, noise: Noise) -> Audio:
        return acoustics.at_level(self._recording(noise.file), acoustics.SPEECH_DBFS - noise.snr)

    def _dry(self, scenario: Scenario, step: Speech) -> Audio:
        voice = step.voice or scenario.voice
        if step.play:
            audio = self._recording(step.play)
            first, last = step.cut or (0.0, len(audio) / CALLER_RATE)
            return audio[int(first * CALLER_RATE) : int(last * CALLER_RATE)]
        if step.sound in SYMBOLS_OF_SOUNDS:
            return _tight(self._callers.sound(voice, step.sound))
        if step.sound:
            return sounds.made(step.sound, voice)
        parts = _PAUSE.split(step.say)
        pieces = [
            np.zeros(int(float(part) * CALLER_RATE), np.float32)
            if number % 2
            else _tight(self._callers.say(voice, part))
            for number, part in enumerate(parts)
            if part
        ]
        return np.concatenate(pieces)

    def _recording(self, name: str) -> Audio:
        samples = read_audio(self._recordings / name, CALLER_RATE)
        return np.asarray(samples / 32768, np.float32)


def words_of(step: Speech) -> str:
    """The words of a step, its pauses left out."""
    return _PAUSE.sub(" ", step.say).strip()


def _tight(audio: Audio) -> Audio:
    """Without the silence that the voice puts before and after a text."""
    level = acoustics.at_level(audio, acoustics.SPEECH_DBFS)
    first, last = acoustics.speech_bounds(level)
    return audio[max(0, first - acoustics.BLOCK) : last + 2 * acoustics.BLOCK]
