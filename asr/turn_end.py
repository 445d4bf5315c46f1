"""Does it sound as if the speaker is done? Smart Turn v3.2 over the last seconds of the turn.

Smart Turn (pipecat-ai/smart-turn, BSD-2-Clause) is Whisper tiny's encoder with attention pooling
over it. It hears melody, lengthening and trailing off rather than words, and tells one probability.
"""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from faster_whisper.feature_extractor import FeatureExtractor
from livekit import rtc

from asr.audio import RATE, Audio, Tape, mono, samples_of

SECONDS = 8
"""What the model hears at most."""
PREROLL = 0.5
"""Seconds before the detected start of speech that belong to the turn."""

_SAMPLES = SECONDS * RATE
_FFT = 400
_HOP = 160
_WINDOW = np.hanning(_FFT + 1)[:-1].astype(np.float32)
_FILTERS = FeatureExtractor.get_mel_filters(RATE, _FFT, 80).astype(np.float32)
_LEAST_POWER = 1e-10
_LEAST_VARIANCE = 1e-7


class TurnEndModelError(RuntimeError):
    """The file is no Smart Turn model that can be loaded."""


def log_mel(audio: Audio) -> Audio:
    """float32[80, 800]: Whisper's log mel of the last 8 s of `audio` (16 kHz, full scale 1).

    Shorter audio has silence put before it. All 8 s are brought to mean 0 and variance 1 first, as
    the model was trained (`WhisperFeatureExtractor` with `do_normalize`).
    """
    samples = np.zeros(_SAMPLES, np.float32)
    last = audio[-_SAMPLES:]
    samples[_SAMPLES - len(last) :] = last
    samples = (samples - samples.mean()) / np.sqrt(samples.var() + _LEAST_VARIANCE)
    padded = np.pad(samples, _FFT // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FFT)[:-_HOP:_HOP]
    spectrum = np.fft.rfft(frames * _WINDOW, axis=-1)
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    mel = np.log10(np.maximum(_FILTERS @ power.T, _LEAST_POWER))
    features: Audio = (np.maximum(mel, mel.max() - 8) + 4) / 4
    return features


class SmartTurn:
    """Smart Turn as ONNX on one thread; safe to share by threads.

    Raises TurnEndModelError when `path` holds no such model.
    """

    def __init__(self, path: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 4
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime's errors have no common class
            raise TurnEndModelError(
                f"The end-of-turn model {path} cannot be read ({error}); "
                "fetch it again with `parley models fetch`."
            ) from error

    def probability(self, audio: Audio) -> float:
        """How likely the turn is over after `audio` (float32[n] at 16 kHz, full scale 1)."""
        [logits] = self._session.run(None, {"input_features": log_mel(audio)[None]})
        return float(logits.item())  # its name is old: the sigmoid is in the graph


@dataclass(frozen=True)
class Likelihood:
    """What the model made of one pause."""

    probability: float
    """That the turn is over, 0 to 1."""
    seconds: float
    """How long it took to tell."""


class TurnEnd:
    """End of turn by ear for every call, one thread beside the decoding of words."""

    def __init__(self, model: SmartTurn) -> None:
        self._model = model
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="turn-end")

    def stream(self) -> TurnEndStream:
        """Listens to one caller."""
        return TurnEndStream(self)

    def weigh(self, audio: Audio) -> Future[Likelihood]:
        """The likelihood after `audio` (float32[n] at 16 kHz), in a thread of its own."""
        return self._executor.submit(self._weigh, audio)

    def close(self) -> None:
        """Drops what waits and lets the rest finish."""
        self._executor.shutdown(cancel_futures=True)

    def _weigh(self, audio: Audio) -> Likelihood:
        began = time.perf_counter()
        probability = self._model.probability(audio)
        return Likelihood(probability, time.perf_counter() - began)


class TurnEndStream:
    """One caller's turn by ear: fed with their frames and with what voice activity finds in them.

    All methods belong to one event loop's thread; the model runs elsewhere.
    """

    def __init__(self, turn_end: TurnEnd) -> None:
        self._turn_end = turn_end
        self._tape = Tape()
        self._begin: int | None = None
        self._pause = 0
        self._resampler: rtc.AudioResampler | None = None

    def push_frame(self, frame: rtc.AudioFrame) -> None:
        """Takes the next frame: int16 of any one rate, mono or stereo."""
        frame = mono(frame)
        pieces = [frame] if frame.sample_rate == RATE else self._resampled(frame)
        for piece in pieces:
            self._tape.record(samples_of(piece))
        self._tape.forget(self._tape.end - _SAMPLES - round(PREROLL * RATE))

    def voice_started(self, speech: float) -> None:
        """The caller speaks, and has for `speech` seconds."""
        self._pause += 1
        if self._begin is None:
            self._begin = self._tape.end - round((speech + PREROLL) * RATE)

    async def likelihood(self) -> Likelihood | None:
        """At a pause: how likely it ends the turn; None when speech went on meanwhile."""
        if self._begin is None:
            return None
        pause = self._pause
        audio = self._tape.play(max(0, self._begin, self._tape.end - _SAMPLES), self._tape.end)
        likelihood = await asyncio.wrap_future(self._turn_end.weigh(audio))
        return likelihood if pause == self._pause else None

    def turn_over(self) -> None:
        """What comes next is a new turn."""
        self._pause += 1
        self._begin = None

    def _resampled(self, frame: rtc.AudioFrame) -> list[rtc.AudioFrame]:
        if self._resampler is None:
            self._resampler = rtc.AudioResampler(frame.sample_rate, RATE)
        return self._resampler.push(frame)
