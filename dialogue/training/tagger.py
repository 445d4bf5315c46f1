"""Trains the tagger on Disfl-QA, on one CPU core, in some minutes.

    python -m dialogue.training.tagger ../shared/text dialogue/disfluency/tagger.safetensors

Disfl-QA (Gupta et al., 2021) is CC BY 4.0. Only its train split is learned from; after every pass
the dev split is measured, and the best pass is kept.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from dialogue.disfluency.tagger import Edit, Encoded, Network, encode
from dialogue.disfluency.words import Word, cores, split
from dialogue.learned import save
from dialogue.training.learning import Learned, learn, vocabulary

_BATCH = 32
_LEAST_SEEN = 3
_UNKNOWN, _END = "<unknown>", "</s>"
_CUES = (
    "no|no wait|I mean|sorry|no sorry|or rather|or no|oh wait|er|um|uh|no make that|actually|"
    "wait|oops|scratch that|or wait|no rather|no I mean|rather|well actually|oh no|hold on|"
    "sorry I meant|no I meant|excuse me|pardon me|or actually|no no|oh uh|let me rephrase"
).split("|")


Batch = tuple[list[Tensor], Tensor, Tensor]
"""Inputs, block targets and keep targets."""


@dataclass(frozen=True)
class Example:
    """A disfluent text and the edit that repairs it."""

    words: tuple[Word, ...]
    edit: Edit


def derive(disfluent: str, fluent: str) -> Example | None:
    """The example of a pair, None where no single edit leads from one to the other."""
    words = tuple(word for word in split(disfluent) if word.core)
    said, meant = cores(words), cores(split(fluent))
    missing = len(said) - len(meant)
    if missing < 0:
        return None
    if missing == 0:
        return Example(words, Edit(0, 0, None, 1.0)) if said == meant else None
    # The first of equal blocks: what is said twice is taken back where it was said first.
    for start in range(len(meant) + 1):
        if said[:start] + said[start + missing :] == meant:
            return Example(words, Edit(start, start + missing, None, 1.0))
    return _moved(words, said, meant)


def _moved(
    words: tuple[Word, ...], said: tuple[str, ...], meant: tuple[str, ...]
) -> Example | None:
    """The example whose repair comes at the end and belongs further ahead."""
    for start in range(len(meant)):
        if said[:start] != meant[:start]:
            return None
        for length in range(1, len(meant) - start):
            if said[-length:] != meant[start : start + length]:
                continue
            rest = meant[start + length :]
            for keep in range(start + 1, len(said) - length - len(rest)):
                if said[keep : keep + len(rest)] == rest:
                    return Example(words, Edit(start, len(said) - length, keep, 1.0))
    return None


def applied(words: Sequence[Word], edit: Edit) -> tuple[str, ...]:
    """What is left of `words`, as they are compared."""
    fit = edit.fit(words)
    order = range(len(words)) if fit is None else fit.order(len(words))
    return cores([words[i] for i in order])


def read(path: Path) -> list[tuple[str, str]]:
    """Pairs of disfluent and fluent question."""
    pairs = json.loads(path.read_text()).values()
    return [(pair["disfluent"], pair["original"]) for pair in pairs]


def made(fluent: Sequence[str], chance: random.Random) -> Example:
    """A disfluent question made of two that stand near each other: of one passage, mostly."""
    at = chance.randrange(len(fluent))
    near = [i for i in range(max(0, at - 4), min(len(fluent), at + 5)) if i != at]
    other, question = fluent[chance.choice(near)].split(), fluent[at].split()
    cue = chance.choice(_CUES).split()
    places = [
        (i, j)
        for i, word in enumerate(question[:-2])
        for j, same in enumerate(other[:-2])
        if i and word == same
    ]
    if places and chance.random() < 0.6:
        start, before = chance.choice(places)
        wrong = other[before + 1 : before + 1 + chance.randint(1, 3)]
        # Half of them say the word before anew as well: "in Paris no in London".
        start += chance.random() < 0.5
        if question[start] == other[before]:
            wrong = [question[start], *wrong]
        wrong[-1] = wrong[-1].rstrip("?")
    else:
        start, wrong = 0, other[: chance.randint(1, 7)]
    if chance.random() < 0.3:
        wrong[-1] += ","
    head = question[:start]
    words = tuple(w for w in split(" ".join([*head, *wrong, *cue, *question[start:]])) if w.core)
    begin = len(cores(split(" ".join(head))))
    resume = len(cores(split(" ".join([*head, *wrong, *cue]))))
    return Example(words, Edit(begin, resume, None, 1.0))


def batches(
    examples: list[Example], numbers: dict[str, int], chance: random.Random
) -> Iterator[Batch]:
    """Examples of like length together: inputs, block targets and keep targets."""
    order = sorted(examples, key=lambda e: len(e.words) + chance.random())
    groups = [order[i : i + _BATCH] for i in range(0, len(order), _BATCH)]
    chance.shuffle(groups)
    for group in groups:
        count = max(len(e.words) for e in group) + 1
        encoded = [encode(e.words, numbers) for e in group]
        inputs = [
            torch.stack([_padded(getattr(e, name), count) for e in encoded])
            for name in Encoded.__dataclass_fields__
        ]
        forgotten = torch.rand(inputs[0].shape) < 0.12
        inputs[0] = inputs[0].masked_fill(forgotten & (inputs[0] > 200), 0)
        blocks = torch.tensor([e.edit.start * count + e.edit.resume for e in group])
        keeps = torch.tensor(
            [
                -1 if e.edit.resume == 0 else e.edit.resume * count + (e.edit.keep or e.edit.resume)
                for e in group
            ]
        )
        yield inputs, blocks, keeps


def _padded(values: Tensor, count: int) -> Tensor:
    extra = count - len(values)
    if values.dim() == 1:
        return nn.functional.pad(values, (0, extra), value=1)
    if values.dim() == 2:
        return nn.functional.pad(values, (0, extra, 0, extra))
    return nn.functional.pad(values, (0, 0, 0, extra, 0, extra))


def loss(network: Network, inputs: list[Tensor], blocks: Tensor, keeps: Tensor) -> Tensor:
    """Cross-entropy of the block, and of what is kept where there is one."""
    scores, kept = network(*inputs)
    # Padding looks like the end of the text: no block may begin or end there but at the first.
    count = scores.shape[1]
    ended = (inputs[0] == 1).cumsum(1) > 1
    scores = scores.masked_fill(ended[:, None] | ended[:, :, None], -1e9)
    total = nn.functional.cross_entropy(scores.flatten(1), blocks)
    has = keeps >= 0
    if not has.any():
        return total
    rows = kept[has, keeps[has] // count]
    return total + 0.5 * nn.functional.cross_entropy(rows, keeps[has] % count)


@torch.inference_mode()
def exact(network: Network, pairs: Sequence[tuple[str, str]], numbers: dict[str, int]) -> float:
    """Share of `pairs` repaired to the word."""
    network.eval()
    right = 0
    for disfluent, fluent in pairs:
        words = tuple(word for word in split(disfluent) if word.core)
        e = encode(words, numbers)
        blocks, keeps = network(*(getattr(e, name)[None] for name in Encoded.__dataclass_fields__))
        start, resume = divmod(int(blocks[0].argmax()), len(words) + 1)
        keep = int(keeps[0, resume].argmax())
        edit = Edit(start, resume, keep if start < keep < resume else None, 1.0)
        right += applied(words, edit) == cores(split(fluent))
    return right / len(pairs)


def train(texts: Path, weights: Path, passes: int, seed: int) -> None:
    """Learn, and write the best pass as float16."""
    torch.manual_seed(seed)
    chance = random.Random(seed)
    pairs = read(texts / "disfl_qa_train.json")
    dev = read(texts / "disfl_qa_dev.json")
    said = (core for disfluent, _ in pairs for core in cores(split(disfluent)))
    numbers = vocabulary(said, _LEAST_SEEN, (_UNKNOWN, _END))
    fluent = [fluent.strip() for _, fluent in pairs if len(fluent.split()) > 3]
    examples = [example for pair in pairs if (example := derive(*pair))]
    print(f"{len(examples)} of {len(pairs)} pairs are one edit; {len(numbers)} words")
    network = Network(len(numbers))

    def learned() -> Iterator[Iterable[Batch]]:
        for _ in range(passes):
            extra = [made(fluent, chance) for _ in range(len(examples) // 2)]
            whole = [
                Example(tuple(w for w in split(text) if w.core), Edit(0, 0, None, 1.0))
                for text in chance.sample(fluent, len(examples) // 5)
            ]
            yield batches([*examples, *extra, *whole], numbers, chance)

    best = 0.0
    for _ in learn(
        [Learned(network)], learned(), passes, lambda batch: loss(network, *batch), 0.01
    ):
        right = exact(network, dev, numbers)
        print(f"  dev exact {right:.3f}", flush=True)
        if right > best:
            best = right
            save(network, numbers, weights)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Train the disfluency tagger.")
    parser.add_argument("texts", type=Path, help="folder of disfl_qa_train.json and _dev.json")
    parser.add_argument("weights", type=Path, help="file to write")
    parser.add_argument("--passes", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    train(arguments.texts, arguments.weights, arguments.passes, arguments.seed)


if __name__ == "__main__":
    main()
