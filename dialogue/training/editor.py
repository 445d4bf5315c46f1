r"""Trains the editor of requests, on one CPU core, in some minutes.

    python -m dialogue.training.editor dialogue/training/requests.jsonl \
        tests/data/self_repairs.jsonl dialogue/disfluency/editor.safetensors

Learned from are the requests as they were written, those without what they take back, and as many
that are made up of them (`made_up`).
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from dialogue.disfluency.editor import LONGEST, Editor, Network, encode, place
from dialogue.disfluency.stage import proposal, repair
from dialogue.disfluency.words import Word, cores, split
from dialogue.learned import known, save
from dialogue.training.blocks import Said, partly_done, read
from dialogue.training.files import command_line
from dialogue.training.learning import forgetful, groups, learn, vocabulary
from dialogue.training.made_up import MadeUp

_BARE = 0.2


def loss(network: Network, said: Said, vocabulary: Mapping[str, int]) -> Tensor:
    """Any of the blocks is right, and leaving all as it is where there is none."""
    scores = network(encode(said.words, proposal(said.words), vocabulary)).log_softmax(0)
    right = [place(block) for block in said.blocks] or [len(scores) - 1]
    return -torch.logsumexp(scores[right], 0)


def bare(said: Said) -> Said:
    """As a recogniser writes it that knows no punctuation and no capitals."""
    words = tuple(Word(word.core, word.core, word.start, word.end) for word in said.words)
    return Said(words, said.blocks)


def _fitting(row: Mapping[str, Any]) -> Said | None:
    said = read(row["raw"], row["repaired"])
    longest = max((end - start for start, end in said.blocks), default=0) if said else 0
    return said if longest <= LONGEST else None


def passes(
    requests: Sequence[Mapping[str, Any]], count: int, chance: random.Random
) -> Iterator[list[Said]]:
    """What is learned in each pass, in its order."""
    written = [said for row in requests if (said := _fitting(row))]
    meant = [Said(tuple(w for w in split(r["repaired"]) if w.core), ()) for r in requests]
    source = MadeUp(requests, chance)
    for _ in range(count):
        learned = [partly_done(said, chance) for said in written]
        learned += chance.sample(meant, len(meant) // 2)
        learned += [partly_done(source.one(), chance) for _ in written]
        learned = [bare(said) if chance.random() < _BARE else said for said in learned]
        chance.shuffle(learned)
        yield learned


def train(
    requests: Sequence[Mapping[str, Any]],
    held_out: Sequence[Mapping[str, Any]],
    weights: Path,
    count: int,
    seed: int,
) -> None:
    """Learn in `count` passes, and write the weights as float16."""
    torch.manual_seed(seed)
    chance = random.Random(seed)
    numbers = vocabulary(known(core) for row in requests for core in cores(split(row["raw"])))
    network = Network(len(numbers))
    print(f"{len(requests)} requests")

    def error(batch: Sequence[Said]) -> Tensor:
        some = forgetful(numbers, chance)
        return torch.stack([loss(network, said, some) for said in batch if said.words]).mean()

    learned = map(groups, passes(requests, count, chance))
    for _ in learn(network, learned, count, error):
        save(network, numbers, weights)
        if held_out:
            print(f"  exact {exact(held_out, Editor(weights)):.3f}", flush=True)


def exact(requests: Sequence[Mapping[str, Any]], editor: Editor) -> float:
    """The share that is repaired right to the word."""
    right = [
        cores(split(repair(row["raw"], editor=editor).text)) == cores(split(row["repaired"]))
        for row in requests
    ]
    return sum(right) / len(right)


if __name__ == "__main__":
    torch.set_num_threads(1)
    given = command_line("Train the editor of requests.", passes=8)
    train(given.learned, given.held_out, given.weights, given.passes, given.seed)
