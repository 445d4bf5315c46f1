"""Training: pitch of known tones, and a network that learns what it is shown."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from tts.codec import SAMPLE_RATE
from tts.network import NetworkShape, VoiceNetwork
from tts.training.encoder import Encoder, EncoderShape
from tts.training.train import Example, collate, losses, prepare, train

pytest.importorskip("scipy", reason="pitch tracking needs scipy: pip install parley[train]")

SMALL = NetworkShape(
    symbols=20, latent=36, text_width=32, text_heads=2, text_layers=1, width=32, heads=2,
    layers=1, flow_width=32, flow_layers=1,
)  # fmt: skip


def example(frames: int, symbols: int) -> dict[str, torch.Tensor]:
    units = torch.full((symbols,), frames * 1920 / 600 / symbols)
    return {
        "z": torch.randn(frames, 36),
        "sym": torch.randint(0, 20, (symbols,)),
        "dur": units,
    }


def test_pitch_of_a_gliding_voice() -> None:
    from tts.training.pitch import GRID, track

    time = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    f0 = 120 + 60 * time
    phase = 2 * np.pi * np.cumsum(f0) / SAMPLE_RATE
    tone = sum(np.sin(k * phase) / k for k in range(1, 8)) * 0.2
    clip = np.concatenate((np.zeros(4800), tone, np.zeros(4800))).astype(np.float32)
    pitch = track([clip])[0]
    inside = slice(7200 // GRID, (4800 + SAMPLE_RATE - 2400) // GRID)
    expected = f0[2400 : SAMPLE_RATE - 2400 : GRID]
    cents = 1200 * np.abs(np.log2(pitch.f0[inside] / expected))
    assert np.median(cents) < 10
    assert pitch.voiced[inside].all() and not pitch.voiced[: 3000 // GRID].any()


def test_the_encoder_makes_one_latent_per_80_ms() -> None:
    encoder = Encoder(EncoderShape(width=16))
    f0 = torch.full((1, 24), 150.0)
    latents = encoder(torch.randn(1, 3 * 1920) * 0.1, f0, torch.ones(1, 24), f0)
    assert latents.shape == (1, 3, 36)
    assert latents[..., :32].abs().max() <= 1
    # Four dimensions are log F0 itself, 0 at 150 Hz.
    torch.testing.assert_close(latents[..., 32:], torch.zeros(1, 3, 4), atol=1e-5, rtol=0)


def test_slots_of_a_batch_point_at_symbols() -> None:
    examples: list[Example] = prepare(
        [example(10, 4), example(6, 3)], torch.zeros(36), torch.ones(36)
    )
    batch = collate(examples)
    assert batch.slots.shape == (2, 40) and batch.frame_mask.sum() == 16
    assert batch.slots[0].unique().tolist() == [0, 1, 2, 3]
    assert (batch.slots[0].diff() >= 0).all()


def test_a_network_learns_one_batch() -> None:
    torch.manual_seed(0)
    network = VoiceNetwork(SMALL)
    batch = collate(prepare([example(12, 6)] * 4, torch.zeros(36), torch.ones(36)))
    optimizer = torch.optim.Adam(network.parameters(), 3e-3)
    history = []
    for _ in range(60):
        flow, durations = losses(network, batch)
        optimizer.zero_grad()
        (flow + durations).backward()
        optimizer.step()
        history.append(float((flow + durations).detach()))
    assert np.mean(history[-5:]) < 0.7 * np.mean(history[:5])


def test_training_is_taken_up_again(tmp_path: Path) -> None:
    torch.manual_seed(0)
    data, checkpoint = tmp_path / "data.pt", tmp_path / "voice.pt"
    torch.save([example(5, 3) for _ in range(10)], data)
    for _ in range(2):
        train(data, checkpoint, minutes=0.002, batch_size=2, peak_rate=1e-4, shape=SMALL)
    saved = torch.load(checkpoint, weights_only=True)
    assert saved["step"] >= 2
