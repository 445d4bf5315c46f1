"""Sentences cut as they are when text comes as a stream: a clause is encoded before the rest of it
has come, in the light of the one word ahead of it that `tts.clauses` waits for.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from tts.network import SLOTS_PER_FRAME
from tts.speech import END_MARKS
from tts.symbols import PAD, SYMBOLS
from tts.training.examples import Batch

CUT_SHARE = 0.5
"""How many of the sentences are cut; the others are known as a whole."""
SPACE = SYMBOLS[" "]
MARKS = torch.tensor(sorted(END_MARKS))


@dataclass(frozen=True)
class Glimpse:
    """What is known of a batch's sentences when their first clauses are spoken.

    symbols, mask  [batch, symbols]  up to the word ahead, then the pad that ends what is known
    clause         [batch, symbols]  True for the first clause's own symbols
    heard          [batch, slots]    True in the frames that are over before the rest has come
    """

    symbols: Tensor
    mask: Tensor
    clause: Tensor
    heard: Tensor


def glimpse(batch: Batch, random: torch.Generator) -> Glimpse:
    """Cut sentences at a space drawn at random; one after a mark is a pause and none of these."""
    symbols = batch.symbols
    count, length = symbols.shape
    place = torch.arange(length)
    spaces = (symbols == SPACE) & batch.symbol_mask
    breaths = spaces & ~torch.isin(symbols.roll(1, 1), MARKS)
    drawn = torch.rand(count, length, generator=random) * breaths
    chosen = torch.rand(count, generator=random) < CUT_SHARE
    # 0, the pad before the speech, is no cut.
    cut = torch.where(chosen, drawn.argmax(1), 0)[:, None]
    last = batch.symbol_mask.sum(1, keepdim=True) - 1
    end = torch.where(spaces & (cut > 0) & (place > cut), place, last).amin(1, keepdim=True)
    known = torch.where(place < end, symbols, PAD)
    # The frame in which the clause ends waits for the next one.
    spoken = batch.frame_mask.repeat_interleave(SLOTS_PER_FRAME, 1)
    slots = ((batch.slots < cut) & spoken).sum(1, keepdim=True)
    heard = torch.arange(batch.slots.shape[1]) < slots - slots % SLOTS_PER_FRAME
    return Glimpse(known, place <= end, place < cut, heard)
