"""The decoder's noise: white, without an end, and of even spectra."""

from __future__ import annotations

import pytest
import torch

from tts.noise import LENGTH, WINDOW, even_noise


def test_pieces_are_those_of_the_whole_round_the_end_too() -> None:
    whole = even_noise(LENGTH - 700, 5000)
    assert torch.equal(torch.cat((even_noise(LENGTH - 700, 900), even_noise(200, 4100))), whole)
    assert torch.equal(even_noise(3 * LENGTH + 7, 50), even_noise(7, 50))


def test_it_is_white() -> None:
    noise = even_noise(0, LENGTH)
    assert float(noise.mean().abs()) < 0.01
    assert float(noise.square().mean()) == pytest.approx(1, abs=1e-3)
    power = torch.fft.rfft(noise).abs().square()[1:].unflatten(0, (20, -1)).mean(1)
    assert float((power / power.mean() - 1).abs().max()) < 0.1


def test_spectra_are_even_where_it_repeats_too() -> None:
    """The mean square of power over its squared mean: 1 for equal magnitudes, 2 for Gaussian."""

    def unevenness(noise: torch.Tensor) -> float:
        window = torch.hann_window(WINDOW)
        power = torch.fft.rfft(noise.unfold(0, WINDOW, 97) * window).abs().square()[:, 2:-2]
        return float(power.square().mean() / power.mean().square())

    assert unevenness(even_noise(0, LENGTH)) < 1.35
    assert unevenness(even_noise(LENGTH - WINDOW, 2 * WINDOW)) < 1.35
    assert unevenness(torch.randn(LENGTH, generator=torch.Generator().manual_seed(1))) > 1.9
