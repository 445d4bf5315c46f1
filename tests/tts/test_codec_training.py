"""The codec's training: it learns, goes on where it stopped, and what it writes can be read."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from tts.codec import (
    FRAME,
    HOP,
    LOG_F0_MEAN,
    LOG_F0_SPREAD,
    OVERLAP,
    SAMPLE_RATE,
    Decoder,
    DecoderShape,
)
from tts.training.losses import DisturbanceLoss, PhaseLoss, SpectralLoss
from tts.weights import read_network

pytest.importorskip("scipy", reason="pitch tracking needs scipy: pip install parley[train]")

from tts.training import codec
from tts.training.codec_network import Codec, LearnedLatents, StoredLatents, respeak, whole
from tts.training.codec_settings import CodecSettings, Stage
from tts.training.codec_trainer import Trainer
from tts.training.crops import Draw, crop, tracked_pulses
from tts.training.discriminator import WINDOWS, Discriminators, fooling_loss, telling_loss
from tts.training.encoder import Encoder, EncoderShape
from tts.training.export import export_checkpoint
from tts.training.pitch import GRID
from tts.training.recordings import Recording, held_in_phase, load, save, with_latents
from tts.training.settings import read_settings

DECODER = DecoderShape(latent_width=24, latent_layers=1, frame_width=16, frame_layers=2)
ENCODER = EncoderShape(width=16, frame_layers=1, latent_layers=1)
SETTINGS = CodecSettings(
    corpora=("none.jsonl",), regression=3, judging=2, adversarial=2, warm_up=1, batch=2, latents=6
)


def recording(latents: int, voice: str, f0: float = 125.0) -> Recording:
    """A buzz of ten harmonics at a steady pitch."""
    phase = 2 * np.pi * f0 * np.arange(latents * FRAME) / SAMPLE_RATE
    samples = sum(np.cos(k * phase) / k for k in range(1, 11)) * 0.1
    points = latents * FRAME // GRID
    return Recording(
        name=f"{latents}",
        voice=voice,
        samples=torch.from_numpy(samples * 32767).short(),
        f0=torch.full((points,), f0),
        voiced=torch.ones(points),
        phase=torch.from_numpy(phase[::GRID] % (2 * np.pi)).float(),
        level=0.05,
    )


def untrained(*, stored: bool) -> Codec:
    torch.manual_seed(0)
    return Codec(StoredLatents() if stored else LearnedLatents(ENCODER), DECODER)


@pytest.fixture
def buzz() -> Draw:
    return Draw([recording(12, "a"), recording(14, "b", 180.0)], 7)


def test_recorded_pulses_are_in_phase_with_the_recording() -> None:
    whole_clip = recording(12, "a")
    crops = crop(whole_clip, 3, 7)
    assert crops.samples.shape == (1, 7 * FRAME)
    assert crops.pulses.shape == (1, 7 * FRAME + OVERLAP)
    assert crops.f0.shape == crops.newest_f0.shape == (1, 7 * FRAME // HOP)
    # Both peak once a period, at the same samples.
    period = round(SAMPLE_RATE / 125)
    for start in range(0, 7 * FRAME - period, period):
        piece = slice(start, start + period)
        apart = int(crops.pulses[0, piece].argmax()) - int(crops.samples[0, piece].argmax())
        assert abs(apart) <= 1 or abs(apart) >= period - 1


def test_f0_is_bent_until_the_pulse_train_is_in_phase() -> None:
    decoder = untrained(stored=True).decoder
    clip = recording(25, "a")
    points = torch.zeros(25, 36)
    points[:, -4:] = (math.log(124.5) - LOG_F0_MEAN) / LOG_F0_SPREAD
    free = replace(clip, latents=points)

    def late(clip: Recording) -> list[float]:
        """Of each hop's end after the first second, in cycles."""
        assert clip.latents is not None
        f0 = decoder._log_f0(clip.latents[None], torch.zeros(1, 200), torch.zeros(1, 1))[0]
        hertz = torch.exp(f0 * LOG_F0_SPREAD + LOG_F0_MEAN)
        pulses, _ = decoder._pulses(hertz, decoder.start())
        ends = range(SAMPLE_RATE + HOP, 2 * SAMPLE_RATE - OVERLAP, HOP)
        meant = tracked_pulses(clip.phase, clip.f0)[OVERLAP:]
        period = round(SAMPLE_RATE / 125)
        peaks = [(int(x[e : e + period].argmax())) for e in ends for x in (pulses[0], meant)]
        apart = np.subtract(peaks[::2], peaks[1::2]) / period
        return list(np.abs(apart - np.round(apart)))

    assert max(late(free)) > 0.2
    assert max(late(held_in_phase(free))) < 0.05


def test_stored_latents_are_as_loud_as_the_recording() -> None:
    encoder = Encoder(ENCODER).eval().requires_grad_(False)
    stored = with_latents(recording(12, "a"), encoder)
    assert stored.latents is not None and stored.latents.shape == (12, 36)
    torch.manual_seed(0)
    loud = Draw([stored], 7)(4).level
    torch.testing.assert_close(loud, torch.full((4,), 0.05))
    assert Draw([recording(12, "a")], 7)(4).level.unique().numel() == 4


def test_recordings_too_short_to_crop() -> None:
    with pytest.raises(ValueError, match="longer than 7 latents"):
        Draw([recording(7, "a")], 7)


def test_the_taught_decoder_is_the_decoder() -> None:
    torch.manual_seed(0)
    decoder = untrained(stored=True).decoder.eval()
    latents = torch.tanh(torch.randn(1, 9, 36))
    states = decoder.start().convolutions
    streamed, _ = decoder._network(latents, states)
    torch.testing.assert_close(decoder._filters(latents), streamed, atol=1e-5, rtol=1e-4)
    block = decoder.frame_blocks[0]
    x = torch.randn(2, 20, 16)
    torch.testing.assert_close(whole(block, x), block(x, block.start(2))[0])


@pytest.mark.parametrize(
    "loss",
    [
        lambda made, meant: sum(SpectralLoss()(made, meant)),
        PhaseLoss(),
        lambda made, meant: DisturbanceLoss()(made, meant, torch.tensor([0.05])),
    ],
    ids=["spectral", "phase", "disturbance"],
)
def test_losses_are_least_where_nothing_differs(loss: Callable[[Tensor, Tensor], Tensor]) -> None:
    torch.manual_seed(0)
    meant = recording(8, "a").heard[None]
    noise = torch.randn_like(meant) * 0.02
    values = [float(loss(meant + amount * noise, meant)) for amount in (0.0, 0.1, 1.0)]
    assert values[0] < 0.002 and values[0] < values[1] < values[2]
    louder = (meant + noise).requires_grad_(True)
    loss(louder, meant).backward()
    assert louder.grad is not None and louder.grad.isfinite().all()


def test_discriminators_hear_spectra() -> None:
    torch.manual_seed(0)
    judge = Discriminators(channels=8)
    told = judge(torch.randn(2, 9600) * 0.1)
    for window, logits in zip(WINDOWS, told.logits, strict=True):
        assert logits.shape == (2, 1, 1 + 9600 * 4 // window, window // 16)
    assert len(told.features) == 4 * len(WINDOWS)
    assert abs(telling_loss(told, told).item() - 2) < 0.2
    assert fooling_loss(told).ndim == 0


def test_stages_and_rates() -> None:
    stages = [SETTINGS.stage(step) for step in range(SETTINGS.steps)]
    assert stages == [Stage.REGRESSION] * 3 + [Stage.JUDGING] * 2 + [Stage.ADVERSARIAL] * 2
    longer = SETTINGS.model_copy(update={"regression": 100, "adversarial": 100, "warm_up": 10})
    rates = [longer.learning_rate(step) for step in range(longer.steps)]
    assert rates[0] < rates[9] and rates[50] > rates[99] > 0.9 * longer.adversarial_rate
    assert rates[100] < rates[110] and rates[-1] < 2 * longer.last_rate


@pytest.mark.parametrize("stored", [True, False], ids=["decoder", "encoder and decoder"])
def test_one_step_lowers_the_loss(stored: bool) -> None:
    clips = [recording(8, "a"), recording(8, "b", 180.0)]
    if stored:
        encoder = Encoder(ENCODER).eval().requires_grad_(False)
        clips = [with_latents(clip, encoder) for clip in clips]
    settings = SETTINGS.model_copy(update={"regression": 100, "rate": 1e-3})
    trainer = Trainer(untrained(stored=stored), settings)
    draw = Draw(clips, 7)

    def loss() -> float:
        torch.manual_seed(1)
        crops = draw(2)
        with torch.no_grad():
            terms = trainer.signal_terms(trainer.codec(crops, 1), crops)
        return float(terms["mel"] + terms["bins"])

    before = loss()
    trainer.advance(draw)
    assert loss() < before


def test_going_on_is_the_same_as_not_stopping(tmp_path: Path, buzz: Draw) -> None:
    unbroken = Trainer(untrained(stored=False), SETTINGS)
    for _ in range(SETTINGS.steps):
        losses = unbroken.advance(buzz)
    assert {"mel", "telling", "fooling", "features"} <= set(losses)
    # F0 is what the latents say, whatever was learned.
    for weights in (unbroken.codec.state_dict(), unbroken.average):
        assert not weights["decoder.filters.weight"][-1].any()
        assert not weights["decoder.filters.bias"][-1].any()
    stopped = Trainer(untrained(stored=False), SETTINGS)
    for _ in range(4):
        stopped.advance(buzz)
    stopped.save(tmp_path / "checkpoint.pt")
    torch.manual_seed(99)
    resumed = Trainer(Codec(LearnedLatents(ENCODER), DECODER), SETTINGS)
    resumed.resume(tmp_path / "checkpoint.pt")
    for _ in range(SETTINGS.steps - 4):
        resumed.advance(buzz)
    for one, other in (
        (unbroken.codec.state_dict(), resumed.codec.state_dict()),
        (unbroken.average, resumed.average),
        (unbroken.discriminators.state_dict(), resumed.discriminators.state_dict()),
    ):
        for name, tensor in one.items():
            torch.testing.assert_close(other[name], tensor, atol=0, rtol=0)


def test_a_checkpoint_is_exported(tmp_path: Path, buzz: Draw) -> None:
    trainer = Trainer(untrained(stored=False), SETTINGS)
    trainer.advance(buzz)
    trainer.save(tmp_path / "checkpoint.pt")
    export_checkpoint(tmp_path / "checkpoint.pt", tmp_path)
    decoder = read_network(tmp_path / "codec.safetensors", DecoderShape, Decoder)
    encoder = read_network(tmp_path / "encoder.safetensors", EncoderShape, Encoder)
    assert (decoder.shape, encoder.features_in.out_features) == (DECODER, 16)
    for name, tensor in decoder.state_dict().items():
        torch.testing.assert_close(tensor, trainer.average[f"decoder.{name}"], atol=1e-3, rtol=1e-3)
    speech = respeak(decoder, with_latents(recording(12, "a"), encoder))
    assert speech.shape == (12 * FRAME,) and np.isfinite(speech).all()


def test_a_course_from_settings_to_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib", reason="the learning curve: pip install parley[picture]")
    monkeypatch.setattr(codec, "untrained", lambda settings: untrained(stored=False))
    monkeypatch.setattr(codec, "PRINT_EVERY", 1)
    clips = [replace(recording(12, "a"), name=str(i)) for i in range(3)]
    save(clips, tmp_path / "recordings" / "a.pt")
    assert torch.equal(load(tmp_path / "recordings" / "a.pt")[2].samples, clips[2].samples)
    path = tmp_path / "codec.toml"
    path.write_text(
        f'corpora = ["a.jsonl"]\nfolder = "{tmp_path.as_posix()}"\nheld_out = 1\nbatch = 2\n'
        "latents = 6\nregression = 1\njudging = 1\nadversarial = 1\n"
    )
    weights = codec.train(read_settings(path, CodecSettings))
    assert {p.name for p in weights.iterdir()} == {"codec.safetensors", "encoder.safetensors"}
    rows = (tmp_path / "history.jsonl").read_text().splitlines()
    assert [json.loads(row)["step"] for row in rows] == [1, 2, 3]
    assert (tmp_path / "curve.png").stat().st_size > 0
    assert (tmp_path / "samples" / "000003-a-0.wav").is_file()


def test_settings_that_are_none(tmp_path: Path) -> None:
    path = tmp_path / "codec.toml"
    path.write_text('corpora = ["a.jsonl"]\nbatch = 1\n')
    with pytest.raises(ValueError, match=r"codec\.toml: batch: Input should be greater"):
        read_settings(path, CodecSettings)
