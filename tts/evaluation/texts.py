"""What the voice is measured on: sentences it was not trained on."""

from __future__ import annotations

import random
import re
from pathlib import Path

HERE = Path(__file__).parent
CHOICE = re.compile(r"\{([^}]*)\}")
SEED = 4


def sentences() -> list[str]:
    """The sentences of `sentences.txt`: written for this, of every kind that phone bots say."""
    lines = (HERE / "sentences.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def many_sentences(count: int = 1000) -> list[str]:
    """Different sentences made from the choices in `patterns.txt`, the same ones each time.

    Raises:
        ValueError: the patterns do not make so many.
    """
    patterns = (HERE / "patterns.txt").read_text(encoding="utf-8").splitlines()
    chance = random.Random(SEED)
    made: dict[str, None] = {}
    for tried in range(20 * count):
        if len(made) == count:
            return list(made)
        pattern = patterns[tried % len(patterns)]
        made[CHOICE.sub(lambda choice: chance.choice(choice[1].split("|")), pattern)] = None
    raise ValueError(f"The patterns make {len(made)} different sentences, not {count}.")
