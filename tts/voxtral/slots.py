"""Keys and values of all sentences being spoken, each in a slot of its own, written in place."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from tts.layers import KeyValues
from tts.voxtral.network import BackboneState, VoxtralNetwork

LEAST_CONTEXT = 128


@dataclass(frozen=True)
class SlotKeyValues(KeyValues):
    """The first slots' memory in one layer; `index` is where each row's next step is written."""

    index: Tensor

    def extended(self, keys: Tensor, values: Tensor) -> SlotKeyValues:
        """The same memory with the step [slots, heads, 1, channels] in its place."""
        self.keys.scatter_(2, self.index, keys)
        self.values.scatter_(2, self.index, values)
        return self


class Slots:
    """Memory for `count` sentences of up to `capacity` steps, and the hidden state of each.

    `lengths` [count]: steps written. `hidden` [count, width]: what the next frame follows from.
    """

    def __init__(self, network: VoxtralNetwork, count: int, capacity: int) -> None:
        text, like = network.params.text, network.words
        shape = (text.layers, count, text.key_heads, capacity, text.head_width)
        self.count, self.capacity = count, capacity
        self.keys, self.values = like.new_zeros(shape), like.new_zeros(shape)
        self.lengths = like.new_zeros(count, dtype=torch.int64)
        self.hidden = like.new_zeros(count, text.width)
        self.rotations = network.rotations(capacity)
        self._positions = torch.arange(capacity, device=like.device)
        self._zeros = like.new_zeros(count, capacity)
        self._index = self.lengths.view(count, 1, 1, 1).expand(-1, text.key_heads, 1, shape[-1])
        self._memories: dict[tuple[int, int], BackboneState] = {}

    def fill(self, slot: int, state: BackboneState, hidden: Tensor) -> None:
        """Put a prompt's memory into a slot, and the hidden state [width] of its last token."""
        for layer, memory in enumerate(state):
            self.keys[layer, slot, :, : memory.length] = memory.keys[0]
            self.values[layer, slot, :, : memory.length] = memory.values[0]
        self.lengths[slot] = state[0].length
        self.hidden[slot] = hidden

    def memories(self, rows: int, context: int) -> BackboneState:
        """The first rows' memory of the first `context` steps: views, the same ones each time."""
        if (rows, context) not in self._memories:
            self._memories[rows, context] = tuple(
                SlotKeyValues(keys[:rows, :, :context], values[:rows, :, :context], index)
                for keys, values in zip(self.keys, self.values, strict=True)
                for index in (self._index[:rows],)
            )
        return self._memories[rows, context]

    def rotation(self, rows: int) -> Tensor:
        """Rotary factors of each row's next step: [rows, 1, 1, channels / 2]."""
        return self.rotations[self.lengths[:rows]][:, None, None]

    def mask(self, rows: int, context: int) -> Tensor:
        """0 where each row's next step sees, itself included, else -inf: [rows, 1, 1, context]."""
        unseen = self._positions[:context] > self.lengths[:rows, None]
        return self._zeros[:rows, :context].masked_fill(unseen, -math.inf)[:, None, None]

    def rows_for(self, highest: int) -> int:
        """The number of first rows to run so that the highest slot is among them."""
        return doubled(1, highest + 1, self.count)

    def context_for(self, longest: int) -> int:
        """The number of steps to look at so that so many are seen."""
        return doubled(LEAST_CONTEXT, longest, self.capacity)


def doubled(start: int, enough: int, limit: int) -> int:
    """`start` doubled until it is enough, at most `limit`: few sizes, so few captured graphs."""
    while start < enough:
        start *= 2
    return min(start, limit)
