"""What a recogniser hears: Whisper by faster-whisper, one thread, in silence as on a call."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from tts.codec import SAMPLE_RATE

WHISPER_RATE = 16_000


class Listener:
    """A Whisper model in a folder."""

    def __init__(self, model: Path) -> None:
        from faster_whisper import WhisperModel

        self._model = WhisperModel(str(model), device="cpu", compute_type="int8", cpu_threads=1)

    def hear(
        self, samples: NDArray[np.float32], *, beam: int = 1, prompt: str = "", window: int = 30
    ) -> str:
        """The text of samples at 24 kHz, after words of a prompt, seen in windows of seconds."""
        # A call is silent before and after a reply.
        audio = soxr.resample(np.pad(samples, SAMPLE_RATE // 2), SAMPLE_RATE, WHISPER_RATE)
        segments, _ = self._model.transcribe(
            audio.astype(np.float32),
            language="en",
            beam_size=beam,
            temperature=0.0,
            initial_prompt=prompt or None,
            chunk_length=window,
        )
        return " ".join(segment.text.strip() for segment in segments)
