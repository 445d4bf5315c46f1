"""Is somebody speaking? webrtcvad as a cheap gate, Silero behind it, hysteresis over both.

A pure stage: `Detector.step` takes a state and one window of audio and returns the next state
and what was found, so a recording gives the same answer whatever chunks it comes in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from pathlib import Path

import numpy as np
import onnxruntime
import webrtcvad
from faster_whisper.utils import get_assets_path

from asr.audio import RATE, WINDOW, Audio, Samples, as_float
from asr.settings import HearingSettings

_CONTEXT = 64  # samples of the window before that Silero sees again
_NO_CELLS: Audio = np.zeros((1, 1, 128), np.float32)
_NO_CONTEXT: Audio = np.zeros((1, _CONTEXT), np.float32)
_GATE_FRAME = 480  # 30 ms, the longest frame that webrtcvad takes
_GATE_MODE = 1  # of 0 to 3: lets through 99.4 % of what Silero calls speech
_FAINT = 0.15  # probability of voice from which a window may be the faint beginning of a word
_FAINT_GAP = 8  # windows: the longest silence, or faintest sound, within or after such a word
_GATE_HOLD = 10  # windows that Silero goes on after the gate closed, and replays when it opens


@dataclass(frozen=True)
class SileroState:
    """What Silero remembers between windows: LSTM cells (1, 1, 128) and context (1, 64)."""

    hidden: Audio = field(default_factory=lambda: _NO_CELLS)
    cell: Audio = field(default_factory=lambda: _NO_CELLS)
    context: Audio = field(default_factory=lambda: _NO_CONTEXT)


class Silero:
    """Silero VAD v6 (MIT) as the faster-whisper wheel carries it; safe to share by threads."""

    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 4
        self._session = onnxruntime.InferenceSession(
            str(Path(get_assets_path()) / "silero_vad_v6.onnx"),
            options,
            providers=["CPUExecutionProvider"],
        )

    def step(self, state: SileroState, window: Samples) -> tuple[SileroState, float]:
        """The probability that `window` (int16[512] at 16 kHz) holds voice, and the next state."""
        samples = as_float(window)[None]
        probability, hidden, cell = self._session.run(
            None,
            {
                "input": np.concatenate([state.context, samples], axis=1),
                "h": state.hidden,
                "c": state.cell,
            },
        )
        return SileroState(hidden, cell, samples[:, -_CONTEXT:]), float(probability.item())


class Change(Enum):
    """What a window changed."""

    NOTHING = auto()
    SPEECH_STARTED = auto()
    SPEECH_ENDED = auto()


@dataclass(frozen=True)
class Activity:
    """What was found in one window."""

    end: int
    """Samples from the start of the stream to the end of the window."""
    level: float
    """Mean square of the window's samples, full scale 1."""
    probability: float = 0.0
    """Probability of voice, 0 to 1; 0 while the gate is closed."""
    speaking: bool = False
    """Somebody speaks, or stopped only just now."""
    speech: int = 0
    """Samples of the speech under way, its short gaps included."""
    silence: int = 0
    """Samples since the last voiced window."""
    run: int = 0
    """Samples of unbroken voiced windows up to now."""
    faint: int = 0
    """Samples since voice may have been there, ever since with no gap of over a quarter second."""
    gap: int = 0
    """Samples since the last window that voice may have been in."""
    change: Change = Change.NOTHING


@dataclass(frozen=True)
class DetectorState:
    """All that detection remembers between windows.

    webrtcvad keeps its model of the noise inside `gate` and adapts it in place, so a state can be
    stepped once only.
    """

    gate: webrtcvad.Vad
    activity: Activity
    silero: SileroState = field(default_factory=SileroState)
    closed_for: int = _GATE_HOLD
    """Windows since the gate last found anything."""
    unseen: tuple[Samples, ...] = ()
    """The last windows that the gate kept from Silero."""


class Detector:
    """Voice activity over a stream of 512-sample windows; holds nothing of any stream."""

    def __init__(self, silero: Silero, settings: HearingSettings) -> None:
        self._silero = silero
        self._settings = settings
        self._start = windows(settings.speech_start) * WINDOW
        self._pause = windows(settings.pause) * WINDOW

    def start(self, end: int = 0) -> DetectorState:
        """A fresh state, for a stream of which `end` samples have passed."""
        return DetectorState(gate=webrtcvad.Vad(_GATE_MODE), activity=Activity(end, level=0.0))

    def step(self, state: DetectorState, window: Samples) -> tuple[DetectorState, Activity]:
        """Takes the next window (int16[512] at 16 kHz)."""
        state, probability = self._listen(state, window)
        activity = self._weigh(state.activity, probability)
        level = float(np.mean(np.square(as_float(window))))
        activity = replace(activity, level=level)
        return replace(state, activity=activity), activity

    def _listen(self, state: DetectorState, window: Samples) -> tuple[DetectorState, float]:
        opened = state.gate.is_speech(window[:_GATE_FRAME].tobytes(), RATE)
        closed_for = 0 if opened else state.closed_for + 1
        if closed_for > _GATE_HOLD and not state.activity.speaking:
            unseen = (*state.unseen, window)[-_GATE_HOLD:]
            return replace(state, closed_for=closed_for, unseen=unseen), 0.0
        silero = SileroState() if state.unseen else state.silero
        for earlier in state.unseen:
            silero, _ = self._silero.step(silero, earlier)
        silero, probability = self._silero.step(silero, window)
        return replace(state, closed_for=closed_for, silero=silero, unseen=()), probability

    def _weigh(self, before: Activity, probability: float) -> Activity:
        settings = self._settings
        threshold = settings.silence_threshold if before.speaking else settings.speech_threshold
        voiced = probability >= threshold
        gap = 0 if probability >= _FAINT else before.gap + WINDOW
        faint = before.faint + WINDOW if before.faint or not gap else 0
        now = replace(
            before,
            end=before.end + WINDOW,
            probability=probability,
            speech=before.speech + WINDOW if before.speaking else 0,
            silence=0 if voiced else before.silence + WINDOW,
            run=before.run + WINDOW if voiced else 0,
            faint=faint if gap <= _FAINT_GAP * WINDOW else 0,
            gap=gap,
            change=Change.NOTHING,
        )
        if not before.speaking and now.run >= self._start:
            return replace(now, speaking=True, speech=now.run, change=Change.SPEECH_STARTED)
        if before.speaking and now.silence >= self._pause:
            speech = max(0, now.speech - now.silence)
            return replace(now, speaking=False, speech=speech, change=Change.SPEECH_ENDED)
        return now


def windows(seconds: float) -> int:
    """The least number of windows that last `seconds`."""
    return math.ceil(round(seconds * RATE / WINDOW, 6))
