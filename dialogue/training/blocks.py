"""Requests as they were said -> the blocks of words that the speaker left behind.

A block is reparandum and interregnum together: without all of them stands what was meant.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from dialogue.disfluency.editor import Block
from dialogue.disfluency.words import Word, cores, split

_MUCH = 10**6
_PARTLY_DONE = 0.5
_ALL_DONE = 0.15


@dataclass(frozen=True)
class Said:
    """The words of a request, and its blocks in order."""

    words: tuple[Word, ...]
    blocks: tuple[Block, ...]


def read(raw: str, meant: str) -> Said | None:
    """None where `meant` is not what is left of `raw`: words were moved.

    Of several ways the one with the fewest blocks; what is said twice is left out where it was
    said first.
    """
    words = tuple(word for word in split(raw) if word.core)
    said, left = cores(words), cores(split(meant))
    end = len(said)

    @cache
    def cost(at: int, due: int, leaving: bool) -> int:
        if at == end:
            return 0 if due == len(left) else _MUCH
        return min(cost(at + 1, due, True) + (not leaving), kept(at, due))

    def kept(at: int, due: int) -> int:
        same = due < len(left) and said[at] == left[due]
        return cost(at + 1, due + 1, False) if same else _MUCH

    if cost(0, 0, False) >= _MUCH:
        return None
    blocks: list[Block] = []
    due, start = 0, -1
    for at in range(end):
        leaves = cost(at + 1, due, True) + (start < 0) <= kept(at, due)
        if leaves and start < 0:
            start = at
        elif not leaves:
            due += 1
            if start >= 0:
                blocks.append((start, at))
                start = -1
    if start >= 0:
        blocks.append((start, end))
    return Said(words, tuple(blocks))


def partly_done(said: Said, chance: random.Random) -> Said:
    """Some of the blocks left out already, as the editor sees a request on its way."""
    count = len(said.blocks)
    if not count:
        return said
    if chance.random() < _ALL_DONE:
        return without(said, range(count))
    many = count > 1 and chance.random() < _PARTLY_DONE
    return without(said, chance.sample(range(count), chance.randrange(1, count))) if many else said


def without(said: Said, gone: Sequence[int]) -> Said:
    """The request without the blocks of these numbers."""
    left_out = {at for number in gone for at in range(*said.blocks[number])}
    before = [0]
    for at in range(len(said.words)):
        before.append(before[-1] + (at not in left_out))
    words = tuple(word for at, word in enumerate(said.words) if at not in left_out)
    blocks = tuple(
        (before[start], before[end])
        for number, (start, end) in enumerate(said.blocks)
        if number not in gone
    )
    return Said(words, blocks)
