"""Low-rank changes to a pretrained encoder's weights (LoRA; Hu et al., 2021)."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from dialogue.encoder import CHANGES, MASK, NETWORK, SEP, Encoder, Pieces, learned
from dialogue.training.learning import Learned

_RANK: Final = 16
_SCALE: Final = 2.0
_DROPPED: Final = 0.1
_MASKED: Final = 0.05
_ENCODER_RATE, _NETWORK_RATE = 5e-4, 1e-3


class LowRank(nn.Module):
    """A linear layer, frozen, and a change to it that is learned."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.linear = linear
        self.low = nn.Parameter(torch.empty(_RANK, linear.in_features))
        self.high = nn.Parameter(torch.zeros(linear.out_features, _RANK))
        self.drop = nn.Dropout(_DROPPED)
        nn.init.kaiming_uniform_(self.low, a=5**0.5)

    def forward(self, x: Tensor) -> Tensor:
        """As the changed layer does."""
        changed: Tensor = self.linear(x) + _SCALE * (self.drop(x) @ self.low.T @ self.high.T)
        return changed


def changeable(encoder: Encoder) -> Encoder:
    """A copy whose linear layers learn low-rank changes; all else is frozen."""
    changed = copy.deepcopy(encoder)
    for layer in changed.layers:
        for name, module in list(layer.named_children()):
            if isinstance(module, nn.Linear):
                setattr(layer, name, LowRank(module))
    return changed


def changes(encoder: Encoder) -> Iterator[tuple[str, Tensor]]:
    """What `Encoder.adapted` takes."""
    for name, module in encoder.named_modules():
        if isinstance(module, LowRank):
            yield f"{name}.low", module.low.detach()
            yield f"{name}.high", module.high.detach() * _SCALE


def masked(text: Pieces, chance: random.Random) -> Pieces:
    """A text with some of its pieces unreadable, so that no word is relied upon alone."""
    numbers = [
        MASK if unit >= 0 and number != SEP and chance.random() < _MASKED else number
        for number, unit in zip(text.numbers, text.units, strict=True)
    ]
    return text._replace(numbers=numbers)


class Learner:
    """An encoder whose changes are learned together with a network that reads its vectors."""

    def __init__(self, encoder: Encoder, network: nn.Module) -> None:
        self.encoder = changeable(encoder)
        self._network = network
        self.modules = (Learned(self.encoder, _ENCODER_RATE), Learned(network, _NETWORK_RATE))

    def go_on_from(self, weights: Path) -> None:
        """Begin with what was learned before."""
        known, state = learned(weights)
        with torch.no_grad():
            for name, module in self.encoder.named_modules():
                if isinstance(module, LowRank):
                    module.low.copy_(known[f"{name}.low"])
                    module.high.copy_(known[f"{name}.high"] / _SCALE)
        self._network.load_state_dict(state)

    def save(self, weights: Path) -> None:
        """Write what is learned, as float16."""
        state = {f"{CHANGES}{name}": t for name, t in changes(self.encoder)}
        state |= {f"{NETWORK}{name}": t for name, t in self._network.state_dict().items()}
        save_file({name: t.half().contiguous() for name, t in state.items()}, weights)
