"""The limiter and the gain."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tts.loudness import (
    CEILING,
    FADE,
    KNEE,
    faded_in,
    gain_towards,
    limited,
    read_gain,
    write_gain,
)
from tts.weights import WeightsError


def test_the_limiter_leaves_alone_what_is_below_its_knee() -> None:
    samples = torch.linspace(-KNEE, KNEE, 1001)
    assert torch.equal(limited(samples), samples)


def test_the_limiter_keeps_order_sign_and_ceiling() -> None:
    samples = torch.linspace(-4, 4, 4001, dtype=torch.float64)
    after = limited(samples)
    assert after.abs().max() <= CEILING
    assert (after.diff() >= 0).all()
    torch.testing.assert_close(after, -limited(-samples))
    # No corner at the knee: the slope there is 1 on both sides.
    near = torch.tensor([KNEE - 1e-6, KNEE, KNEE + 1e-6], dtype=torch.float64)
    slopes = limited(near).diff() / near.diff()
    torch.testing.assert_close(slopes, torch.ones(2, dtype=torch.float64), atol=1e-4, rtol=0)


def test_the_limiter_streams() -> None:
    torch.manual_seed(0)
    samples = torch.randn(1000)
    pieces = torch.cat([limited(piece) for piece in samples.split([1, 2, 3, 5, 989])])
    assert torch.equal(pieces, limited(samples))


def test_a_speech_rises_from_silence() -> None:
    frame = torch.ones(3 * FADE)
    risen = faded_in(frame)
    assert risen[0] == 0 and torch.equal(risen[FADE:], frame[FADE:])
    assert (risen.diff() >= 0).all() and risen.diff().max() < 2 / FADE


def test_a_gain_is_kept_with_the_weights(tmp_path: Path) -> None:
    assert read_gain(tmp_path) == 1.0
    write_gain(tmp_path, gain_towards(-20, -26.0206))
    assert read_gain(tmp_path) == pytest.approx(2.0, abs=1e-4)
    (tmp_path / "gain.json").write_text("[]")
    with pytest.raises(WeightsError, match="holds no gain"):
        read_gain(tmp_path)
