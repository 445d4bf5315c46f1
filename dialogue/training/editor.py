r"""Trains the editor of requests, on one CPU core, in an hour.

    python -m dialogue.training.editor dialogue/training/requests.jsonl \
        tests/data/self_repairs.jsonl dialogue/disfluency/editor.safetensors \
        --pretrained "$(parley models path minilm-l6-v2)"

That is six passes. The weights that come with Parley had three more, their mean was taken
(`dialogue.training.average`), and from there six more followed on 1500 requests more and with
half the dropout and masking (`--passes 14 --done 8 --weights-so-far FILE --seed 2`, 72 minutes):
the network had learned too little, being hardly better on what it had learned from than on
anything else. Two more followed on the same (`--passes 14 --done 7`), and four on 1000 requests
more (`--passes 12 --done 8`): .780 of 800 held-out requests right to the word. In the first six
passes, fewer of the repairs that are made up stood at a request's end.

Learned from are the requests as they were written, some without what they take back, and some that
are made up of them (`made_up`).
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from dialogue.disfluency.changes import (
    LONGEST,
    Change,
    Network,
    encode,
    number,
    repair_number,
)
from dialogue.disfluency.editor import Editor, pieces
from dialogue.disfluency.stage import proposal, repair
from dialogue.disfluency.words import Word, cores, split
from dialogue.encoder import Pretrained
from dialogue.training.blocks import Said, partly_done, read
from dialogue.training.files import Course, command_line
from dialogue.training.learning import groups, learn
from dialogue.training.low_rank import Learner, masked
from dialogue.training.made_up import MadeUp

_BARE, _MEANT, _MADE_UP = 0.2, 0.35, 0.6
"""Shares of the requests that are learned from without punctuation, as they were meant, and made
up."""


def loss(network: Network, vectors: Tensor, said: Said) -> Tensor:
    """Any of the blocks is right, and the move, and leaving all where there is none of them.

    `vectors` [n + 1, w] are of the words that were said and of their end.
    """
    words, moving = said.words, said.moving
    e = encode(words, proposal(words))
    scores = network(vectors[[*said.places, -1]], e)
    right = [number(Change(block), len(words)) for block in said.blocks]
    if moving:
        right.append(number(Change(*moving), len(words)))
    likely = scores.changes.log_softmax(0)
    lost = -torch.logsumexp(likely[right or [len(likely) - 1]], 0)
    lost = lost + binary_cross_entropy_with_logits(scores.gone, said.is_gone())
    if moving:
        repairs = network.repairs(scores.hidden, e, moving[0])
        lost = lost - repairs.log_softmax(0)[repair_number(moving[1])]
    return lost


def bare(said: Said) -> Said:
    """As a recogniser writes it that knows no punctuation and no capitals."""
    source = tuple(Word(word.core, word.core, word.start, word.end) for word in said.source)
    return replace(said, source=source)


def _fitting(row: Mapping[str, Any]) -> Said | None:
    said = read(row["raw"], row["repaired"])
    longest = max(map(len, said.gone), default=0) if said else 0
    return said if longest <= LONGEST else None


def passes(
    requests: Sequence[Mapping[str, Any]], count: int, chance: random.Random
) -> Iterator[list[Said]]:
    """What is learned in each pass, in its order."""
    written = [said for row in requests if (said := _fitting(row))]
    meant = [Said.of(tuple(w for w in split(r["repaired"]) if w.core)) for r in requests]
    source = MadeUp(requests, chance)
    for _ in range(count):
        learned = [partly_done(said, chance) for said in written]
        learned += chance.sample(meant, int(_MEANT * len(meant)))
        learned += [partly_done(source.one(), chance) for _ in range(int(_MADE_UP * len(written)))]
        learned = [bare(said) if chance.random() < _BARE else said for said in learned]
        chance.shuffle(learned)
        yield learned


def train(
    requests: Sequence[Mapping[str, Any]],
    held_out: Sequence[Mapping[str, Any]],
    pretrained: Pretrained,
    weights: Path,
    course: Course,
    seed: int,
) -> None:
    """Learn in the passes that are left, and write the weights as float16."""
    torch.manual_seed(seed)
    network = Network()
    learner = Learner(pretrained.encoder, network)
    if course.weights:
        learner.go_on_from(course.weights)
    chance = random.Random(seed)
    print(f"{len(requests)} requests")

    def error(batch: Sequence[Said]) -> Tensor:
        vectors = learner.encoder(
            [masked(pieces(pretrained, said.source), chance) for said in batch]
        )
        both = zip(vectors, batch, strict=True)
        return torch.stack([loss(network, read, said) for read, said in both]).mean()

    learned = (
        groups([said for said in one if said.places], lambda said: len(said.source))
        for one in passes(requests, course.passes - course.done, chance)
    )
    for _ in learn(learner.modules, learned, course.passes, error, done=course.done):
        learner.save(weights)
        if held_out:
            print(f"  exact {exact(held_out, Editor(pretrained, weights)):.3f}", flush=True)


def exact(requests: Sequence[Mapping[str, Any]], editor: Editor) -> float:
    """The share that is repaired right to the word."""
    right = [
        cores(split(repair(row["raw"], editor=editor).text)) == cores(split(row["repaired"]))
        for row in requests
    ]
    return sum(right) / len(right)


if __name__ == "__main__":
    torch.set_num_threads(1)
    given = command_line("Train the editor of requests.", passes=6)
    train(given.learned, given.held_out, given.pretrained, given.weights, given.course, given.seed)
