"""How long each symbol lasts, and which symbol is heard in each 20 ms slot of the stream."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tts.symbols import PAD, SYMBOLS

UNIT = 600
"""Samples of one duration unit (25 ms at 24 kHz)."""
SLOT = 480
"""Samples of one text slot (20 ms)."""

LEAD_SLOTS = 2
"""Slots of silence that a speech starts with: sounds begin a little before the time that is theirs
in the training speech, 40 ms as a rule."""
EARLY_SOUNDS = {"ʃ": 5, "s": 4, "ɹ": 3, "n": 3, "j": 3, "ʌ": 3}
"""Slots before sounds that begin earlier: 103 ms, 70 ms, and 55 to 66 ms (medians of 1500 clips).
Cut short, an "sh" is heard as a "g"."""

LEAST_UNITS = 0.5
WEAK_VOWEL = SYMBOLS["ə"]
WEAK_WORD_UNITS = 2.0
"""How long a word of a weak vowel alone, "a", lasts at least, and as much the gap before it. The
teacher says it so, or with one unit each: between, where the predictor often is, recognisers did
not hear the "a" of "for a signature" in one of four."""
BETWEEN_WORDS = frozenset((PAD, *(SYMBOLS[mark] for mark in " ;:,.!?—…")))


def least_units(symbols: Sequence[int]) -> Tensor:
    """Duration units that each symbol lasts at least, float64 [n]."""
    spoken = [PAD, *symbols, PAD, PAD]
    weak = [
        symbol == WEAK_VOWEL and {before, after} <= BETWEEN_WORDS
        for before, symbol, after in zip(spoken, spoken[1:], spoken[2:], strict=False)
    ]
    longer = [here or then for here, then in itertools.pairwise(weak)]
    return torch.where(torch.tensor(longer), WEAK_WORD_UNITS, LEAST_UNITS).double()


def lead_slots(phonemes: str) -> int:
    """Slots of silence before a speech of these phonemes."""
    return EARLY_SOUNDS.get(phonemes.lstrip("ˈˌ")[:1], LEAD_SLOTS)


class DurationPredictor(nn.Module):
    """Three small convolutions over the encoded symbols; predicts log(units + 1)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv1d(width, width, 3, padding=1),
            nn.GELU(),
            nn.Conv1d(width, width, 3, padding=1),
            nn.GELU(),
            nn.Conv1d(width, 1, 1),
        )

    def forward(self, encoded: Tensor) -> Tensor:
        """encoded [batch, symbols, width] -> log(units + 1) [batch, symbols]."""
        log_units: Tensor = self.net(encoded.transpose(1, 2))[:, 0]
        return log_units

    def samples(self, encoded: Tensor, least: Tensor, rate: float = 1.0) -> Tensor:
        """Duration of every symbol in samples, float64 [symbols], `least` [symbols] units or more.

        `rate` divides them: the training speech has one rate, so there is none to learn from.
        """
        units = self(encoded).double().exp() - 1
        samples: Tensor = units[0].clamp(min=least) * (UNIT / rate)
        return samples


@dataclass(frozen=True)
class Timeline:
    """Where the text stands in the stream: the streaming state of laying symbols out in time.

    `clock` is the sample at which the next symbol starts, `slots` how many slots are laid out.
    """

    clock: float = 0.0
    slots: int = 0

    def lay(self, durations: Tensor) -> tuple[Tensor, Tensor, Timeline]:
        """Lay symbols of these durations (samples, float64 [n]) after what is there.

        Returns the symbol index of every slot whose middle they cover (int64), the n + 1
        boundaries in samples (float64), and the timeline after them.
        """
        edges = self.clock + torch.cat((durations.new_zeros(1), durations.cumsum(0)))
        end = float(edges[-1])
        slots = max(self.slots, int(end / SLOT + 0.5))
        middles = (torch.arange(self.slots, slots, dtype=torch.float64) + 0.5) * SLOT
        symbols = torch.searchsorted(edges[1:], middles).clamp(max=len(durations) - 1)
        return symbols, edges, Timeline(end, slots)
