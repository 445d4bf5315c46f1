"""The decoder: streaming equals offline, and its pulse train is what it says."""

from __future__ import annotations

import math

import pytest
import torch
from streaming import PIECES, PRECISIONS, assert_same
from torch import Tensor

from tts.codec import (
    FRAME,
    HARMONIC,
    HOP,
    NOISE,
    OVERLAP,
    SAMPLE_RATE,
    Decoder,
    DecoderShape,
    DecoderState,
    Windows,
    pulse_train,
)

SMALL = DecoderShape(latent=8, latent_width=24, latent_layers=2, frame_width=16, frame_layers=2)


def decode(decoder: Decoder, latents: Tensor, noise: Tensor, piece: int) -> Tensor:
    state: DecoderState = decoder.start(len(latents))
    outputs = []
    for start in range(0, latents.shape[1], piece):
        part = latents[:, start : start + piece]
        samples = slice(start * FRAME, (start + part.shape[1]) * FRAME)
        output, state = decoder(part, noise[:, samples], state)
        outputs.append(output)
    return torch.cat(outputs, 1)


@PIECES
@PRECISIONS
def test_decoder_streams(piece: int, dtype: torch.dtype, tolerance: float) -> None:
    torch.manual_seed(0)
    decoder = Decoder(SMALL).to(dtype)
    latents = torch.tanh(torch.randn(2, 13, 12, dtype=dtype))
    noise = torch.randn(2, 13 * FRAME, dtype=dtype)
    whole = decode(decoder, latents, noise, 13)
    assert whole.shape == (2, 13 * FRAME)
    assert_same(decode(decoder, latents, noise, piece), whole, tolerance)


def test_pulse_train_is_the_sum_of_its_harmonics() -> None:
    f0 = torch.full((1, 480), 200.0, dtype=torch.float64)
    phase = f0.cumsum(1) * (2 * math.pi / SAMPLE_RATE)
    harmonics = torch.arange(1, 58, dtype=torch.float64)[:, None]
    expected = torch.cos(harmonics * phase).sum(0) * math.sqrt(2 / 57)
    torch.testing.assert_close(pulse_train(phase, f0)[0], expected, atol=1e-6, rtol=0)
    assert abs(float(expected.square().mean()) - 1) < 0.01


@torch.no_grad()
def test_phase_goes_on_for_minutes_without_drifting() -> None:
    torch.manual_seed(0)
    decoder = Decoder(SMALL)
    latents = torch.zeros(1, 1, 12)
    state = decoder.start()
    for _ in range(20):
        _, state = decoder(latents, torch.zeros(1, FRAME), state)
    assert 0 <= float(state.phase) < 2 * math.pi
    assert state.phase.dtype == torch.float64


@pytest.mark.parametrize("windows", [HARMONIC, NOISE], ids=["harmonic", "noise"])
def test_filters_of_one_leave_a_source_as_it_is(windows: Windows) -> None:
    torch.manual_seed(0)
    source = torch.randn(2, 10 * HOP + OVERLAP, dtype=torch.float64)
    shape = torch.hann_window(windows.size, dtype=torch.float64)
    same = windows.filtered(source, torch.ones(2, 10, windows.filters), shape)
    assert same.shape == source.shape
    whole = slice(windows.first + windows.size - windows.hop, windows.first + 10 * HOP)
    torch.testing.assert_close(same[:, whole], source[:, whole])


@pytest.mark.parametrize("windows", [HARMONIC, NOISE], ids=["harmonic", "noise"])
def test_a_filter_is_heard_in_its_window_only(windows: Windows) -> None:
    source = torch.ones(1, 10 * HOP + OVERLAP)
    filters = torch.zeros(1, 10, HOP // windows.hop, windows.bins)
    frame, window = 4, HOP // windows.hop - 1
    filters[0, frame, window] = 1
    heard = windows.filtered(source, filters.flatten(2), torch.hann_window(windows.size))
    start = HOP * frame + windows.first + windows.hop * window
    quiet = torch.cat((heard[0, :start], heard[0, start + windows.size :]))
    assert float(quiet.abs().max()) == 0
    assert float(heard[0, start + windows.size // 2]) == pytest.approx(1 / 1.5)
