"""Every pause in a recording, with what hearing knows of it at that moment: the end-of-turn data.

A recording is one turn. Its pauses are what voice activity finds in it, the last of which is the
true end; at each stand the words of the turn so far, decoded as a call would decode them, and how
likely Smart Turn finds it that the turn is over.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
import webrtcvad

from asr.audio import NO_SAMPLES, RATE, Audio, Samples, as_float, split
from asr.recogniser import Recogniser
from asr.segments import Ended, Paused, Segmenter, SegmentState, Span
from asr.settings import HearingSettings
from asr.turn_end import PREROLL, SmartTurn
from asr.voicing import Activity, Change, Detector, Silero

GATE_SECONDS = 0.03
"""Length of one webrtcvad decision."""

_GATE_FRAME = round(GATE_SECONDS * RATE)
_TAIL = 4.0  # seconds of room tone after a recording, for its true end to be waited out


@dataclass(frozen=True)
class Pause:
    """A silence that voice activity reported; all times are seconds."""

    since: float
    """When the voice stopped, from the start of the recording."""
    length: float | None
    """Until it went on; None at the true end."""
    text: str
    """The words of the turn so far."""
    probability: float
    """Smart Turn's, that the turn is over."""
    decoding: float
    """Processor time that the words took."""
    listening: float
    """Processor time that the probability took."""


@dataclass(frozen=True)
class Turn:
    """A recording as pauses; `voiced` is webrtcvad's verdict on every 30 ms, "1" for voice."""

    pauses: tuple[Pause, ...]
    voiced: str


class PauseFinder:
    """Goes through recordings as a call would."""

    def __init__(
        self, recogniser: Recogniser, smart_turn: SmartTurn, settings: HearingSettings
    ) -> None:
        self._recogniser = recogniser
        self._smart_turn = smart_turn
        self._detector = Detector(Silero(), settings)
        self._segmenter = Segmenter(settings)

    def find(self, samples: Samples, floor: float) -> Turn:
        """The pauses of int16[n] at 16 kHz whose noise floor is `floor` dB of full scale."""
        noise = np.random.default_rng(0).normal(0, 32768 * 10 ** (floor / 20), round(_TAIL * RATE))
        samples = np.concatenate([samples, np.clip(noise, -32768, 32767).astype(np.int16)])
        pauses = self._pauses(samples)
        # A click behind the last word is no speech where it added nothing to the words.
        while len(pauses) > 1 and pauses[-1].text == pauses[-2].text:
            pauses.pop()
        if pauses:
            pauses[-1] = replace(pauses[-1], length=None)
        return Turn(tuple(pauses), _gate(samples))

    def _pauses(self, samples: Samples) -> list[Pause]:
        audio = as_float(samples)
        detection, segments = self._detector.start(), SegmentState()
        pauses: list[Pause] = []
        finals: list[str] = []
        begin: int | None = None
        for window in split(NO_SAMPLES, samples)[1]:
            detection, activity = self._detector.step(detection, window)
            if activity.change is Change.SPEECH_STARTED:
                voiced = activity.end - activity.run
                begin = voiced if begin is None else begin
                if pauses:
                    pauses[-1] = replace(pauses[-1], length=voiced / RATE - pauses[-1].since)
            segments, steps = self._segmenter.step(segments, activity)
            for step in steps:
                match step:
                    case Paused(span):
                        pauses.append(self._pause(audio, span, activity, begin or 0, finals))
                    case Ended(span):
                        finals.append(self._recogniser.transcribe(_cut(audio, span)).text)
        return pauses

    def _pause(
        self, audio: Audio, span: Span, activity: Activity, begin: int, finals: list[str]
    ) -> Pause:
        began = time.process_time()
        words = self._recogniser.transcribe(_cut(audio, span)).text
        decoded = time.process_time()
        turn = audio[max(0, begin - round(PREROLL * RATE)) : activity.end]
        probability = self._smart_turn.probability(turn)
        return Pause(
            since=(activity.end - activity.silence) / RATE,
            length=None,
            text=" ".join(part for part in (*finals, words) if part),
            probability=probability,
            decoding=decoded - began,
            listening=time.process_time() - decoded,
        )


def _cut(audio: Audio, span: Span) -> Audio:
    return audio[span.start : span.end]


def _gate(samples: Samples) -> str:
    gate = webrtcvad.Vad(3)
    frames = samples[: len(samples) // _GATE_FRAME * _GATE_FRAME].reshape(-1, _GATE_FRAME)
    return "".join("1" if gate.is_speech(frame.tobytes(), RATE) else "0" for frame in frames)
