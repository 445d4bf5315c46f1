"""Texts for a teacher to speak, rich in small words that are hardly heard: a, of, the, at, or.

python -m tts.training.texts 1500 > texts.txt
"""

from __future__ import annotations

import random
import re
import sys
from pathlib import Path

PATTERNS = Path(__file__).with_name("patterns.txt")
CHOICE = re.compile(r"\{([^}]*)\}")
SEED = 4


def expanded(patterns: Path, count: int) -> list[str]:
    """Different sentences from the choices `{one|another}` in a file, the same ones each time.

    Raises:
        ValueError: the patterns do not make so many.
    """
    lines = patterns.read_text(encoding="utf-8").splitlines()
    chance = random.Random(SEED)
    made: dict[str, None] = {}
    for tried in range(20 * count):
        if len(made) == count:
            return list(made)
        pattern = lines[tried % len(lines)]
        made[CHOICE.sub(lambda choice: chance.choice(choice[1].split("|")), pattern)] = None
    raise ValueError(f"{patterns.name} makes {len(made)} different sentences, not {count}.")


if __name__ == "__main__":
    print("\n".join(expanded(PATTERNS, int(sys.argv[1]))))
