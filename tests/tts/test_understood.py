"""The voice is understood: what Whisper hears is what was written."""

from __future__ import annotations

from typing import Any

import numpy as np

from tts.bench import SENTENCES
from tts.engine import Engine
from tts.evaluation.listener import Listener
from tts.evaluation.words import edits, said


def test_word_error_of_support_sentences(engine: Engine, models: Any) -> None:
    listener = Listener(models.path("whisper-base"))
    wrong = total = 0
    for sentence in SENTENCES[:5]:
        samples = np.concatenate([chunk.samples for chunk in engine.speak([sentence])])
        expected = said(sentence)
        wrong += len(edits(expected, said(listener.hear(samples))))
        total += len(expected)
    assert wrong <= 0.2 * total
