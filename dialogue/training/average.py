"""Averages the weights that one training had at several times (Izmailov et al., 2018).

    python -m dialogue.training.average WEIGHTS WEIGHTS [WEIGHTS ...] MEAN

Of one training and a few passes apart, their mean may be better than any of them. It was for the
editor's passes 6, 8 and 9 (right to the word: .715 and .713, the mean .734 of 600 requests), and
was not for its passes 12 to 14.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file


def average(files: Sequence[Path], mean: Path) -> None:
    """Write the mean of the tensors in `files`, as float16."""
    read = [load_file(file) for file in files]
    save_file(
        {name: torch.stack([one[name].float() for one in read]).mean(0).half() for name in read[0]},
        mean,
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Average the weights of one training.")
    parser.add_argument("weights", type=Path, nargs="+", help="files of the same training")
    parser.add_argument("mean", type=Path, help="file to write")
    given = parser.parse_args()
    average(given.weights, given.mean)


if __name__ == "__main__":
    main()
