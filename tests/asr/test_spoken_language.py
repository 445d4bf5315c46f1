"""Whisper's guess at the language of real recordings."""

from __future__ import annotations

from pathlib import Path

import pytest

from asr.audio import RATE, as_float
from asr.bench import load
from asr.whisper import Whisper


@pytest.mark.parametrize(
    ("clip", "code"), [("cheetah_test_de", "de"), ("cheetah_test_fr", "fr"), ("leopard_test", None)]
)
def test_another_language_is_told_from_english(
    whisper: Whisper, shared: Path, clip: str, code: str | None
) -> None:
    audio = as_float(load(shared / "speech" / "multilingual" / f"{clip}.flac"))[: 4 * RATE]
    spoken = whisper.transcribe(audio, language="en").spoken
    assert (None if spoken is None else spoken.code) == code
    assert spoken is None or spoken.probability > 0.8


def test_a_language_that_was_asked_for_is_no_other_one(whisper: Whisper, shared: Path) -> None:
    audio = as_float(load(shared / "speech" / "multilingual" / "cheetah_test_de.flac"))
    assert whisper.transcribe(audio, language="de").spoken is None
