"""The voice is understood: what Whisper hears is what was written."""

from __future__ import annotations

from typing import Any

from tts.bench import SENTENCES, word_error_rate
from tts.engine import Engine


def test_word_error_of_support_sentences(engine: Engine, models: Any) -> None:
    rate = word_error_rate(engine, models.path("whisper-base"), SENTENCES[:5])
    assert rate <= 20
