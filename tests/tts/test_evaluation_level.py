"""The level of sounds whose level is known."""

from __future__ import annotations

import numpy as np
import pytest

from tts.codec import SAMPLE_RATE
from tts.evaluation.level import click, level, true_peak

pytest.importorskip("pyloudnorm", reason="make bench-tts brings pyloudnorm")


def tone(hertz: float, amplitude: float, seconds: float = 2.0) -> np.ndarray:
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return (amplitude * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def test_loudness_follows_the_amplitude() -> None:
    quiet, loud = level([tone(997, 0.1)]), level([tone(997, 0.2)])
    # BS.1770: a sine of 997 Hz at full scale in one channel is -3.01 LUFS.
    assert quiet.loudness == pytest.approx(-23.01, abs=0.1)
    assert loud.loudness - quiet.loudness == pytest.approx(6.02, abs=0.01)
    assert quiet.true_peak == pytest.approx(-20, abs=0.05)


def test_the_true_peak_lies_between_the_samples() -> None:
    # At a quarter of the rate, 45 degrees off, every sample is 3 dB below the peak.
    time = np.arange(SAMPLE_RATE)
    samples = (0.5 * np.sin(np.pi / 2 * time + np.pi / 4)).astype(np.float32)
    assert 20 * np.log10(np.abs(samples).max()) == pytest.approx(-9.03, abs=0.01)
    assert true_peak(samples) == pytest.approx(-6.02, abs=0.3)


def test_a_cut_clicks_and_a_fade_does_not() -> None:
    cut = tone(200, 0.5)[30:-30]
    fade = cut * np.minimum(1, np.minimum(np.arange(len(cut)), np.arange(len(cut))[::-1]) / 480)
    assert click(cut) > 5
    assert click(fade.astype(np.float32)) < 1


def test_dc_is_found() -> None:
    assert level([tone(500, 0.1) + np.float32(0.01)]).dc == pytest.approx(0.01, abs=1e-4)
