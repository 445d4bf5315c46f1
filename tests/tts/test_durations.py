"""Laying symbols out in time: in pieces or at once, every slot has its symbol."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tts.durations import (
    LEAST_UNITS,
    SLOT,
    UNIT,
    WEAK_WORD_UNITS,
    DurationPredictor,
    Timeline,
    lead_slots,
    least_units,
)
from tts.symbols import SYMBOLS

LENGTHS = st.lists(st.floats(200, 8000), min_size=1, max_size=40)


@given(LENGTHS, st.integers(0, 40))
def test_two_clauses_are_laid_like_one(lengths: list[float], cut: int) -> None:
    durations = torch.tensor(lengths, dtype=torch.float64)
    whole, edges, end = Timeline().lay(durations)
    first, rest = durations[:cut], durations[cut:]
    if not len(first) or not len(rest):
        return
    heard, _, middle = Timeline().lay(first)
    later, later_edges, after = middle.lay(rest)
    assert torch.equal(torch.cat((heard, later + len(first))), whole)
    assert after.slots == end.slots
    torch.testing.assert_close(later_edges[-1], edges[-1])


@given(LENGTHS)
def test_every_slot_hears_the_symbol_at_its_middle(lengths: list[float]) -> None:
    symbols, edges, _ = Timeline().lay(torch.tensor(lengths, dtype=torch.float64))
    for slot, symbol in enumerate(symbols.tolist()):
        middle = (slot + 0.5) * SLOT
        assert edges[symbol] <= middle <= edges[symbol + 1]


def test_speed_shortens_every_symbol() -> None:
    predictor = DurationPredictor(8)
    encoded = torch.randn(1, 12, 8)
    least = torch.tensor([0.5] * 11 + [9.0])
    normal, fast = predictor.samples(encoded, least), predictor.samples(encoded, least, rate=2.0)
    torch.testing.assert_close(fast * 2, normal)
    assert normal.min() >= UNIT / 2 and normal[-1] >= 9 * UNIT


@pytest.mark.parametrize(
    ("phonemes", "longer"),
    [("fəɹ ə sˈI", {3, 4}), ("ə, ə.", {0, 2, 3}), ("əbˈWt sˈOfə", set())],  # noqa: RUF001 - IPA
)
def test_the_word_a_has_the_time_to_be_heard(phonemes: str, longer: set[int]) -> None:
    least = least_units([SYMBOLS[phoneme] for phoneme in phonemes])
    assert {i for i, units in enumerate(least.tolist()) if units == WEAK_WORD_UNITS} == longer
    assert all(units == LEAST_UNITS for i, units in enumerate(least.tolist()) if i not in longer)


@pytest.mark.parametrize(
    ("phonemes", "slots"),
    [("ʃˌi dɹˈOv", 5), ("sˈʌmbˌʌdi", 4), ("ˈʌðəɹ", 3), ("hˈɛlO", 2), ("", 2)],  # noqa: RUF001 - IPA
)
def test_sounds_that_begin_early_are_given_time(phonemes: str, slots: int) -> None:
    assert lead_slots(phonemes) == slots
