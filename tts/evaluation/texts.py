"""What the voice is measured on: sentences it was not trained on."""

from __future__ import annotations

from pathlib import Path

from tts.training.texts import expanded

HERE = Path(__file__).parent


def sentences() -> list[str]:
    """The sentences of `sentences.txt`: written for this, of every kind that phone bots say."""
    lines = (HERE / "sentences.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def many_sentences(count: int = 1000) -> list[str]:
    """Different sentences made from the choices in `patterns.txt`, the same ones each time.

    Raises:
        ValueError: the patterns do not make so many.
    """
    return expanded(HERE / "patterns.txt", count)
