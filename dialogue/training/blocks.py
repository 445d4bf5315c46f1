"""Requests as they were said -> the blocks of words that the speaker left behind.

A block is reparandum and interregnum together: without all of them stands what was meant. Where a
repair came later ("a table for two on Friday, no, three"), it takes the place of what it replaces
before the blocks are left out.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

import torch
from torch import Tensor

from dialogue.disfluency.changes import LONGEST_REPAIR, LONGEST_REPLACED, Block
from dialogue.disfluency.words import Word, cores, split

_MUCH = 10**6
_PARTLY_DONE = 0.5
_ALL_DONE = 0.15
_MOVED = 0.5

Places = tuple[int, ...]


@dataclass(frozen=True)
class Said:
    """A request as it was said, the places of the words that still stand, and what is not meant.

    `gone` are blocks of places. `move`, where it is not done yet, are the places of words that are
    replaced, and of those that replace them.
    """

    source: tuple[Word, ...]
    places: Places
    gone: tuple[Places, ...]
    move: tuple[Places, Places] | None = None

    @staticmethod
    def of(words: tuple[Word, ...], blocks: Sequence[Block] = ()) -> Said:
        """Nothing left out yet."""
        gone = tuple(tuple(range(*block)) for block in blocks)
        return Said(words, tuple(range(len(words))), gone)

    @property
    def words(self) -> tuple[Word, ...]:
        """Those that still stand, in their order."""
        return tuple(self.source[place] for place in self.places)

    @property
    def blocks(self) -> list[Block]:
        """Those of `gone` that stand together, among the words that still stand."""
        return [block for places in self.gone if (block := self._block(places))]

    def is_gone(self) -> Tensor:
        """Of the words that still stand [n], 1 where one does not count in the end."""
        gone = {place for places in self.gone for place in places}
        replaced = self.move[0] if self.move else ()
        return torch.tensor([place in gone or place in replaced for place in self.places]).float()

    @property
    def moving(self) -> tuple[Block, Block] | None:
        """`move` among the words that still stand."""
        if self.move is None:
            return None
        target, repair = map(self._block, self.move)
        return (target, repair) if target and repair else None

    def _block(self, places: Places) -> Block | None:
        start = self.places.index(places[0])
        end = start + len(places)
        return (start, end) if self.places[start:end] == places else None


def read(raw: str, meant: str) -> Said | None:
    """None where `meant` is not what was said without some of it, one repair moved at most."""
    words = tuple(word for word in split(raw) if word.core)
    said, left = cores(words), cores(split(meant))
    if (blocks := _blocks(said, left)) is not None:
        return Said.of(words, blocks)
    best: tuple[int, int, Said] | None = None
    for target, repair in _moves(said, left):
        moved = _after(tuple(range(len(words))), target, repair)
        found = _blocks([said[place] for place in moved], left)
        if found is not None:
            gone = tuple(tuple(moved[start:end]) for start, end in found)
            cost = (
                len(found),
                len(target),
                Said(words, tuple(range(len(words))), gone, (target, repair)),
            )
            best = min(best or cost, cost, key=lambda way: way[:2])
    return best[2] if best else None


def _blocks(said: Sequence[str], left: Sequence[str]) -> list[Block] | None:
    """Of several ways the one with the fewest blocks; what is said twice is left out where it was
    said first."""
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
    return blocks


def _moves(said: Sequence[str], left: Sequence[str]) -> Iterator[tuple[Places, Places]]:
    """Words that may be replaced by words said later, so that what is `left` can be meant."""
    for first in range(len(said)):
        for end in range(first + 1, min(len(said), first + LONGEST_REPAIR) + 1):
            for at in range(len(left) - (end - first)):
                if tuple(left[at : at + end - first]) != tuple(said[first:end]):
                    continue
                start = _reach(said[:first], left[:at])
                behind = [*range(first), *range(end, len(said))]
                rest = left[at + end - first :]
                back = _reach([said[place] for place in reversed(behind)], rest[::-1])
                if start is None or back is None:
                    continue
                stop = len(behind) - back
                if start < stop < first and stop - start <= LONGEST_REPLACED:
                    yield tuple(range(start, stop)), tuple(range(first, end))


def _reach(said: Sequence[str], due: Sequence[str]) -> int | None:
    """How many words of `said` it takes until all that are `due` were said, in their order."""
    at = 0
    for word in due:
        while at < len(said) and said[at] != word:
            at += 1
        if at == len(said):
            return None
        at += 1
    return at


def _after(places: Places, target: Places, repair: Places) -> Places:
    """`places` with the repair in the place of the target."""
    kept = [place for place in places if place not in repair]
    at = kept.index(target[0])
    return (*kept[:at], *repair, *(place for place in kept[at:] if place not in target))


def partly_done(said: Said, chance: random.Random) -> Said:
    """Some of the blocks left out already, as the editor sees a request on its way."""
    dice = chance.random()
    if said.move is not None and (dice < _ALL_DONE or chance.random() < _MOVED):
        said = moved(said)
    count = len(said.gone)
    if not count:
        return said
    if dice < _ALL_DONE:
        return without(said, said.gone)
    if count == 1 or chance.random() > _PARTLY_DONE:
        return said
    there = [places for places in said.gone if said._block(places)]
    return without(said, chance.sample(there, chance.randrange(min(count, len(there) + 1))))


def moved(said: Said) -> Said:
    """The request with its repair where it belongs."""
    if said.move is None:
        return said
    return replace(said, places=_after(said.places, *said.move), move=None)


def without(said: Said, gone: Sequence[Places]) -> Said:
    """The request without these of its blocks."""
    out = {place for places in gone for place in places}
    return replace(
        said,
        places=tuple(place for place in said.places if place not in out),
        gone=tuple(places for places in said.gone if places not in gone),
    )
