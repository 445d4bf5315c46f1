r"""Trains the reader of values, on one CPU core, in an hour.

    python -m dialogue.training.reader dialogue/training/requests.jsonl \
        tests/data/self_repairs.jsonl dialogue/frames/reader.safetensors \
        --pretrained "$(parley models path minilm-l6-v2)"

The weights that come with Parley learned from the first 6319 of the requests (7326 with those of
the tests), of whose words twice as many were unreadable (`low_rank.masked`), then for a pass from
1500 more, and for three from 1000 more again (`--passes 8 --done 4` and `--done 5`, 20 minutes a
pass): of the slots of 800 held-out requests as they were meant it reads .954 alone.

Learned from are requests as they were meant, each with the slots that its writer named, each once
more with parameters that it tells nothing of, and those that rules do not repair as they were left.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from dialogue.disfluency.extraction import DESCRIPTION, is_counted, is_right, normal, parameter_of
from dialogue.disfluency.scene import ARTICLES
from dialogue.disfluency.stage import repair
from dialogue.disfluency.words import Word, cores, split
from dialogue.encoder import Pretrained
from dialogue.frames.filling import told
from dialogue.frames.reader import Asked, Network, Reader, encode, pieces
from dialogue.frames.request import Request
from dialogue.mentions import head_of, kind_of, spans
from dialogue.training.files import Course, command_line
from dialogue.training.learning import groups, learn
from dialogue.training.low_rank import Learner, masked

_BARE = 0.2
_GENERAL: Final = frozenset(
    """item product service reason action request type details message note problem issue thing
    fault task purpose query question option order booking subject topic location place
    address""".split()
)
"""Heads of parameters that almost any request tells of."""


@dataclass(frozen=True)
class Example:
    """A request, its parameters, and for each the scores that are right: of runs, or of no value.

    They are missing where the value does not stand in the request as it was written down.
    """

    request: Request
    asked: list[Asked]
    right: list[list[int]]

    def shuffled(self, chance: random.Random) -> Example:
        """With its parameters in another order."""
        order = list(range(len(self.asked)))
        chance.shuffle(order)
        return Example(self.request, [self.asked[i] for i in order], [self.right[i] for i in order])


def example(words: Sequence[Word], slots: Mapping[str, str | None]) -> Example | None:
    """None where there are no words; a slot of None is not told of."""
    if not words:
        return None
    request = Request(words)
    names = {parameter_of(slot): value for slot, value in slots.items()}
    texts = [name for name in names if not is_counted(name)]
    counts = len(texts) < len(names)
    rules = told(texts, words, DESCRIPTION, opening=True, asks_number=counts)
    asked = [Asked(name, tuple(rules.get(name, ())), is_counted(name)) for name in names]
    said = [normal(request.text(run)) for run in request.runs]
    right = []
    for value in names.values():
        if value is None:
            right.append([len(request.runs)])
            continue
        meant = (normal(value), normal(f"at {value}"))
        same = [i for i, words in enumerate(said) if words in meant]
        least = min((_length(request, i) for i in same), default=0)
        right.append([i for i in same if _length(request, i) - _led(request, i) <= least])
    return Example(request, asked, right)


def _length(request: Request, run: int) -> int:
    """Words of the run."""
    start, end = request.runs[run]
    return end - start


def _led(request: Request, run: int) -> bool:
    """Whether the run begins with an article, which the value need not have."""
    return request.words[request.runs[run][0]].core in ARTICLES


def loss(network: Network, vectors: Tensor, one: Example) -> list[Tensor]:
    """Of each parameter whose value stands in the request.

    `vectors` [n + 1 + p, w] are of its words, their end, and the parameters.
    """
    scores = network(vectors, encode(one.request, one.asked)).log_softmax(-1)
    return [-torch.logsumexp(scores[i, runs], 0) for i, runs in enumerate(one.right) if runs]


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
    chance = random.Random(seed)
    asks = [asking_more(row, requests, chance) for row in requests]
    examples = [made for row in requests if (made := _meant(row, bare=False))]
    examples += [made for row in asks if (made := _meant(row, bare=False))]
    examples += [made for row in requests if (made := _unrepaired(row))]
    bare = [made for row in asks if (made := _meant(row, bare=True))]
    network = Network()
    learner = Learner(pretrained.encoder, network)
    if course.weights:
        learner.go_on_from(course.weights)
    print(f"{len(examples)} requests")

    def learned() -> Iterator[Iterable[Sequence[Example]]]:
        for _ in range(course.passes - course.done):
            order = [*examples, *chance.sample(bare, int(len(bare) * _BARE))]
            chance.shuffle(order)
            yield groups(order, lambda one: len(one.request.words))

    def error(batch: Sequence[Example]) -> Tensor | None:
        shuffled = [one.shuffled(chance) for one in batch]
        texts = [masked(pieces(pretrained, one.request, one.asked), chance) for one in shuffled]
        both = zip(learner.encoder(texts), shuffled, strict=True)
        errors = [error for read, one in both for error in loss(network, read, one)]
        return torch.stack(errors).mean() if errors else None

    for _ in learn(learner.modules, learned(), course.passes, error, done=course.done):
        learner.save(weights)
        if held_out:
            print(f"  right {right(held_out, Reader(pretrained, weights)):.3f}", flush=True)


def asking_more(
    row: Mapping[str, Any], requests: Sequence[Mapping[str, Any]], chance: random.Random
) -> Mapping[str, Any]:
    """The request of a caller who does not tell all that the tool asks for."""
    words = split(repair(row["repaired"]).written)
    found = spans(words)
    slots = dict(row["slots"])
    heads = {head_of(parameter_of(slot)) for slot in slots}
    for _ in range(chance.choice((1, 1, 2))):
        slot = chance.choice(list(chance.choice(requests)["slots"]))
        kind, head = kind_of(parameter_of(slot)), head_of(parameter_of(slot))
        if head in heads | _GENERAL or found.get(kind) or (kind == "code" and found["amount"]):
            continue
        if is_counted(parameter_of(slot)) and (found["amount"] or found["code"]):
            continue
        slots[slot] = None
        heads.add(head)
    order = list(slots)
    chance.shuffle(order)
    return {**row, "slots": {slot: slots[slot] for slot in order}}


def _meant(row: Mapping[str, Any], bare: bool) -> Example | None:
    """As it was meant and is shown to the language model; `bare` without punctuation."""
    meant = " ".join(cores(split(row["repaired"]))) if bare else row["repaired"]
    words = [word for word in split(repair(meant).written) if word.core]
    return example(words, row["slots"])


def _unrepaired(row: Mapping[str, Any]) -> Example | None:
    """As rules alone repair it, where that is not what was meant; None where it is."""
    found = repair(row["raw"])
    if cores(split(found.text)) == cores(split(row["repaired"])):
        return None
    return example([word for word in split(found.written) if word.core], row["slots"])


def right(requests: Sequence[Mapping[str, Any]], reader: Reader) -> float:
    """The share of slots that the reader alone reads rightly."""
    found = []
    for row in requests:
        if made := _meant(row, bare=False):
            back = frozenset(normal(row["raw"])) - frozenset(normal(row["repaired"]))
            values = reader.read(made.request, made.asked)
            for (slot, gold), value in zip(row["slots"].items(), values, strict=True):
                found.append(is_right(made.request.text(value.run), gold, back, slot))
    return sum(found) / len(found)


if __name__ == "__main__":
    torch.set_num_threads(1)
    given = command_line("Train the reader of values.", passes=4)
    train(given.learned, given.held_out, given.pretrained, given.weights, given.course, given.seed)
