"""The learned editor: what of a request is left out or replaced next.

Rules propose a change; a small network, trained on written requests (`dialogue.training.editor`),
weighs it against every other change (`changes`) and against leaving all as it is. A pretrained
encoder reads what was said, once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from dialogue.disfluency.changes import (
    CHANGES,
    LONGEST,
    LONGEST_REPAIR,
    Block,
    Change,
    Network,
    encode,
)
from dialogue.disfluency.words import Word
from dialogue.encoder import LONGEST_TEXT, Pieces, Pretrained

WEIGHTS: Final = Path(__file__).with_name("editor.safetensors")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The likeliest change, None for leaving all as it is, and how likely it is beside all changes
    of the same words and none."""

    change: Change | None
    likelihood: float


class Editor:
    """The trained network; one for all calls, since it keeps nothing."""

    def __init__(self, pretrained: Pretrained, weights: Path = WEIGHTS) -> None:
        """Raises FileNotFoundError where the weights are missing."""
        self._pretrained = pretrained
        self._network = Network().eval()
        self._encoder = pretrained.trained(weights, self._network)

    @torch.inference_mode()
    def read(self, said: Sequence[Word]) -> Reading | None:
        """What was said as the encoder reads it; None where it is too long."""
        text = pieces(self._pretrained, said)
        if len(text.numbers) > LONGEST_TEXT:
            return None
        return Reading(self._network, self._encoder([text])[0])


@dataclass(frozen=True, slots=True)
class Reading:
    """What was said, read: the vectors [n + 1, WIDTH] of its words and of its end."""

    _network: Network
    _vectors: Tensor

    @torch.inference_mode()
    def verdict(
        self, words: Sequence[Word], places: Sequence[int], proposed: Change | None
    ) -> Verdict:
        """What is changed next of the `words` that still stand, which were said at `places`.

        The rules propose something, or nothing.
        """
        e = encode(words, proposed)
        scores = self._network(self._vectors[[*places, -1]], e)
        likely = scores.changes.softmax(0)
        best = int(likely.argmax())
        if best == len(likely) - 1:
            return Verdict(None, float(likely[best]))
        start, length = divmod(best, LONGEST)
        replaces, start = divmod(start, len(words) + 1)
        block = (start, start + length + 1)
        sure = float(likely[best] / (likely[-1] + _rivals(likely[:-1], block, len(words) + 1)))
        if not replaces:
            return Verdict(Change(block), sure)
        repairs = self._network.repairs(scores.hidden, e, block).softmax(0)
        first, width = divmod(int(repairs.argmax()), LONGEST_REPAIR)
        change = Change(block, (first, first + width + 1))
        return Verdict(change, sure * float(repairs.max()))


def _rivals(likely: Tensor, block: Block, count: int) -> Tensor:
    """How likely all changes are that have a word of `block`, itself among them.

    What else is to be changed elsewhere makes it no less likely.
    """
    starts = torch.arange(count)[:, None]
    ends = starts + 1 + torch.arange(LONGEST)
    shares = (starts < block[1]) & (ends > block[0])
    return likely.view(CHANGES, count, LONGEST)[:, shares].sum()


def pieces(pretrained: Pretrained, said: Sequence[Word]) -> Pieces:
    """What was said as the encoder reads it."""
    return pretrained.pieces([word.text for word in said])
