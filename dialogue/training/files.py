"""What the trainers of requests are given."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dialogue.encoder import Pretrained

HELD_OUT: Final = frozenset(f"held out {number}" for number in (5, 7, 8, 9, 10, 11))
"""The parts of the written requests that nothing is learned from."""

Row = Mapping[str, Any]
"""A request: what was said (`raw`), what was meant (`repaired`), and its `slots`."""


@dataclass(frozen=True)
class Course:
    """How many passes are learned from, and how many of them are over: with those weights."""

    passes: int
    done: int = 0
    weights: Path | None = None


@dataclass(frozen=True)
class Given:
    """What is learned from and what is only measured, the file to write, and how to train."""

    learned: list[Row]
    held_out: list[Row]
    weights: Path
    pretrained: Pretrained
    course: Course
    seed: int


def command_line(description: str, passes: int) -> Given:
    """The options of a trainer."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("requests", type=Path, nargs="+", help="files of requests, JSON lines")
    parser.add_argument("weights", type=Path, help="file to write")
    parser.add_argument(
        "--pretrained",
        type=Path,
        required=True,
        help="folder of the encoder: $(parley models path minilm-l6-v2)",
    )
    parser.add_argument("--passes", type=int, default=passes, help="all of them (%(default)s)")
    parser.add_argument("--done", type=int, default=0, help="those that are over already (0)")
    parser.add_argument("--weights-so-far", type=Path, help="file that those ended with")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    if (given.done > 0) != (given.weights_so_far is not None) or given.done >= given.passes:
        parser.error("--done and --weights-so-far go together, and some passes must be left.")
    lines = [line for file in given.requests for line in file.read_text().splitlines()]
    rows: Sequence[Row] = [json.loads(line) for line in lines]
    return Given(
        [row for row in rows if row.get("part") not in HELD_OUT],
        [row for row in rows if row.get("part") in HELD_OUT],
        given.weights,
        Pretrained(given.pretrained),
        Course(given.passes, given.done, given.weights_so_far),
        given.seed,
    )
