"""How all the small networks learn: by AdamW at a rate that falls to nothing, pass by pass."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final, TypeVar

import torch
from torch import Tensor, nn

_RATE: Final = 2e-3
_BATCH: Final = 16
_WARM_UP: Final = 100
"""Steps until the highest rate."""
_MIXED: Final = 8 * _BATCH
Batch = TypeVar("Batch")
Item = TypeVar("Item")


@dataclass(frozen=True)
class Learned:
    """A module that learns, and the highest rate it does so at."""

    module: nn.Module
    rate: float = _RATE


def learn(
    modules: Sequence[Learned],
    passes: Iterable[Iterable[Batch]],
    count: int,
    error: Callable[[Batch], Tensor | None],
    weight_decay: float = 0.02,
    done: int = 0,
) -> Iterator[int]:
    """Learn from the batches of each of `count` passes; the number of every pass when it is over.

    `done` of them are over already, and not among `passes`. `error` is what to make small of a
    batch, None where there is nothing to learn from it.
    """
    learning = [[p for p in one.module.parameters() if p.requires_grad] for one in modules]
    parameters = list(chain(*learning))
    print(f"{sum(p.numel() for p in parameters)} parameters")
    optimizer = torch.optim.AdamW([{"params": p} for p in learning], weight_decay=weight_decay)
    step = 0
    began = time.monotonic()
    for number, batches in enumerate(passes, done):
        for one in modules:
            one.module.train()
        losses = []
        for batch in batches:
            for group, one in zip(optimizer.param_groups, modules, strict=True):
                group["lr"] = one.rate * min(1, step / _WARM_UP) * (1 - number / count)
            step += 1
            if (loss := error(batch)) is None:
                continue
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            losses.append(float(loss.detach()))
        minutes = (time.monotonic() - began) / 60
        mean = sum(losses) / len(losses)
        print(f"pass {number + 1}  loss {mean:.3f}  {minutes:.1f} min", flush=True)
        yield number


def vocabulary(cores: Iterable[str], least_seen: int, special: Sequence[str]) -> dict[str, int]:
    """Numbers of the words seen often enough, behind the `special` ones; 0 is for all others."""
    words = [word for word, seen in Counter(cores).most_common() if seen >= least_seen]
    return {word: number for number, word in enumerate([*special, *words])}


def groups(items: Sequence[Item], length: Callable[[Item], int]) -> Iterator[Sequence[Item]]:
    """`items` some at a time, each time of about the same length."""
    for start in range(0, len(items), _MIXED):
        near = sorted(items[start : start + _MIXED], key=length)
        yield from (near[at : at + _BATCH] for at in range(0, len(near), _BATCH))
