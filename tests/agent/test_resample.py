"""The downsampler: streaming equals offline, the band is kept, what would alias is not."""

from __future__ import annotations

import numpy as np
import pytest

from agent.resample import DELAY_SECONDS, DownsamplerState, downsample


def sine(frequency: float, seconds: float = 1.0) -> np.ndarray:
    at = np.arange(round(48_000 * seconds)) / 48_000
    return (16_000 * np.sin(2 * np.pi * frequency * at)).astype(np.int16)


def gain_db(frequency: float) -> float:
    out, _ = downsample(sine(frequency), DownsamplerState())
    settled = out[200:].astype(float)
    return float(20 * np.log10(np.sqrt(np.mean(settled**2)) / (16_000 / np.sqrt(2)) + 1e-9))


@pytest.mark.parametrize("block", [120, 960, 2880])
def test_streaming_equals_offline(block: int) -> None:
    samples = np.random.default_rng(1).integers(-9000, 9000, 48_000).astype(np.int16)
    whole, _ = downsample(samples, DownsamplerState())
    state, pieces = DownsamplerState(), []
    for start in range(0, len(samples), block):
        piece, state = downsample(samples[start : start + block], state)
        assert len(piece) == len(samples[start : start + block]) // 3
        pieces.append(piece)
    np.testing.assert_array_equal(np.concatenate(pieces), whole)


@pytest.mark.parametrize("frequency", [100, 1000, 4000, 7000, 7400])
def test_the_speech_band_is_kept(frequency: float) -> None:
    assert abs(gain_db(frequency)) < 0.1


@pytest.mark.parametrize("frequency", [8600, 10_000, 15_000, 23_000])
def test_what_would_alias_is_gone(frequency: float) -> None:
    assert gain_db(frequency) < -70


def test_the_delay_is_what_it_says() -> None:
    click = np.zeros(4800, np.int16)
    click[2400] = 20_000
    out, _ = downsample(click, DownsamplerState())
    assert abs(int(np.argmax(np.abs(out))) / 16_000 - 2400 / 48_000 - DELAY_SECONDS) < 1 / 16_000


def test_a_block_that_cannot_be_cut_is_refused() -> None:
    with pytest.raises(ValueError, match="961"):
        downsample(np.zeros(961, np.int16), DownsamplerState())
