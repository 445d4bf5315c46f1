"""Whisper's guess at the language of real recordings."""

from __future__ import annotations

from pathlib import Path

import pytest
import soundfile
import soxr

from asr.audio import RATE, Audio
from asr.whisper import Whisper


def seconds(path: Path, count: int) -> Audio:
    audio, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return soxr.resample(audio.mean(axis=1), rate, RATE)[: count * RATE]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("clip", "code"),
    [("cheetah_test_de", "de"), ("cheetah_test_fr", "fr"), ("leopard_test", "en")],
)
def test_another_language_is_told_from_english(
    whisper: Whisper, shared: Path, clip: str, code: str
) -> None:
    audio = seconds(shared / "speech" / "multilingual" / f"{clip}.flac", 4)
    found, probability = whisper.spoken_language(audio)
    assert found == code
    assert probability > 0.8
