"""How all the small networks learn: by AdamW at a rate that falls to nothing, pass by pass."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeVar

import torch
from torch import Tensor, nn

_RATE: Final = 2e-3
_BATCH: Final = 16
_FORGOTTEN: Final = 0.1
_UNKNOWN: Final = "<unknown>"
Batch = TypeVar("Batch")
Item = TypeVar("Item")


def learn(
    network: nn.Module,
    passes: Iterable[Iterable[Batch]],
    count: int,
    error: Callable[[Batch], Tensor | None],
    weight_decay: float = 0.02,
) -> Iterator[int]:
    """Learn from the batches of each of `count` passes; the number of every pass when it is over.

    `error` is what to make small of a batch, None where there is nothing to learn from it.
    """
    print(f"{sum(p.numel() for p in network.parameters())} parameters")
    optimizer = torch.optim.AdamW(network.parameters(), _RATE, weight_decay=weight_decay)
    began = time.monotonic()
    for number, batches in enumerate(passes):
        for group in optimizer.param_groups:
            group["lr"] = _RATE * (1 - number / count)
        network.train()
        losses = []
        for batch in batches:
            if (loss := error(batch)) is None:
                continue
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            losses.append(float(loss.detach()))
        minutes = (time.monotonic() - began) / 60
        mean = sum(losses) / len(losses)
        print(f"pass {number + 1}  loss {mean:.3f}  {minutes:.1f} min", flush=True)
        yield number


def vocabulary(
    cores: Iterable[str], least_seen: int = 2, special: Sequence[str] = (_UNKNOWN,)
) -> dict[str, int]:
    """Numbers of the words seen often enough, behind the `special` ones; 0 is for all others."""
    words = [word for word, seen in Counter(cores).most_common() if seen >= least_seen]
    return {word: number for number, word in enumerate([*special, *words])}


def forgetful(vocabulary: Mapping[str, int], chance: random.Random) -> dict[str, int]:
    """The vocabulary without some words, so that words never seen are no surprise."""
    return {word: n for word, n in vocabulary.items() if chance.random() > _FORGOTTEN}


def groups(items: Sequence[Item], size: int = _BATCH) -> Iterator[Sequence[Item]]:
    """`items` in their order, so many at a time."""
    return (items[start : start + size] for start in range(0, len(items), size))
