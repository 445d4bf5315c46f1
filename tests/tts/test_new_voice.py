"""From recordings to a voice: alignment, import, the teacher's corpus, adaptation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch

from tts.codec import SAMPLE_RATE
from tts.durations import UNIT
from tts.engine import Engine
from tts.network import NetworkShape, VoiceNetwork
from tts.phonemes import SYMBOLS
from tts.speaker import Speaker, as_spoken_by, read_speaker, write_speaker
from tts.training.adapt import AdaptationSettings, adapt, nearest
from tts.training.align import align, say, warp
from tts.training.examples import Corpus, corpora
from tts.training.own_recordings import LEAD, TRAIL, import_recordings, pairs, prepared
from tts.training.settings import TrainingError
from tts.training.teacher import Teacher, make_corpus, read_texts

SMALL = NetworkShape(
    symbols=20, latent=36, text_width=32, text_heads=2, text_layers=1, width=32, heads=2,
    layers=1, flow_width=32, flow_layers=1,
)  # fmt: skip


def utterances(count: int) -> Corpus:
    rows = [
        {
            "z": torch.randn(10 + n, 36) * 0.5 + 1,
            "sym": torch.randint(0, 20, (4,)),
            "dur": torch.full((4,), (10 + n) * 1920 / 600 / 4),
        }
        for n in range(count)
    ]
    return corpora({"anna": rows}, 2, VoiceNetwork(SMALL))["anna"]


def trained_network() -> VoiceNetwork:
    """A small network whose flow head says something: fresh ones predict nothing at all."""
    network = VoiceNetwork(SMALL)
    for parameter in (network.flow.modulation.weight, network.flow.latent_out.weight):
        torch.nn.init.normal_(parameter, std=0.05)
    return network


def test_warping_finds_what_was_stretched() -> None:
    ours = torch.randn(30, 8).cumsum(0)
    repeats = torch.randint(1, 4, (30,))
    path = warp(ours, ours.repeat_interleave(repeats, 0))
    assert path[0].tolist() == [0, 0]
    assert path[-1].tolist() == [29, int(repeats.sum()) - 1]
    assert (np.diff(path, axis=0) >= 0).all()
    expected = torch.arange(30).repeat_interleave(repeats).numpy()
    assert (expected[path[:, 1]] == path[:, 0]).all()


def test_alignment_finds_the_symbols_of_slower_speech(engine: Engine) -> None:
    symbols = engine.pronounce("Sure, I can help you with that.").indices
    spoken = say(engine, symbols)
    slow = torch.nn.functional.interpolate(
        torch.from_numpy(spoken.samples)[None, None], scale_factor=1.15, mode="linear"
    )[0, 0].numpy()
    units = align(engine, symbols, slow)
    assert len(units) == len(symbols) + 2
    assert sum(units) == pytest.approx(len(slow) / UNIT)
    errors = np.abs(np.cumsum(units)[:-1] * UNIT - spoken.edges[1:-1] * 1.15) / SAMPLE_RATE
    assert np.median(errors) < 0.02


def test_recordings_get_the_silence_and_level_of_the_training_speech() -> None:
    tone = np.sin(np.arange(SAMPLE_RATE) * 0.05).astype(np.float32)
    samples = np.concatenate((np.zeros(30_000), 0.02 * tone, np.zeros(1000))).astype(np.float32)
    ready = prepared(samples)
    heard = np.flatnonzero(np.abs(ready) > 0.01)
    assert heard[0] / SAMPLE_RATE == pytest.approx(LEAD, abs=0.02)
    assert (len(ready) - heard[-1]) / SAMPLE_RATE == pytest.approx(TRAIL, abs=0.02)
    level = 20 * np.log10(np.sqrt((ready[heard[0] : heard[-1]] ** 2).mean()))
    assert level == pytest.approx(-22, abs=0.5)
    assert not len(prepared(np.zeros(10_000, np.float32)))


def test_a_folder_of_recordings_becomes_a_corpus(engine: Engine, tmp_path: Path) -> None:
    from tts.training.latents import read_clips

    folder = tmp_path / "recordings"
    folder.mkdir()
    speech = np.concatenate([chunk.samples for chunk in engine.speak(["Your order is ready now."])])
    soundfile.write(folder / "one.wav", np.stack((speech, speech), 1), 16_000)
    (folder / "one.txt").write_text("Your order\n is ready now")
    soundfile.write(folder / "short.flac", speech[:4000], SAMPLE_RATE)
    (folder / "short.txt").write_text("Your.")
    told = list(import_recordings(engine, folder, tmp_path / "anna.jsonl"))
    assert "left out" in told[1] and len(told) == 2
    (clip,) = read_clips(tmp_path / "anna.jsonl")
    assert clip.text == "Your order is ready now."
    assert len(clip.symbols) == len(clip.units)
    assert sum(clip.units) * UNIT == pytest.approx(len(clip.samples), abs=UNIT)


def test_recordings_without_texts_are_told(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"put NAME.txt beside each NAME.wav"):
        pairs(tmp_path)


def test_adaptation_learns_a_speaker_and_spares_the_network(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = trained_network()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    told: list[str] = []
    settings = AdaptationSettings(steps=30, vector_steps=5, batch=4, rank=2, check_every=15)
    speaker = adapt(network, torch.zeros(64), utterances(12), settings, told.append)
    flows = [float(line.split("flow ")[1].split()[0]) for line in told]
    assert len(told) == 3 and flows[-1] < 0.97 * flows[0]
    plain = VoiceNetwork(SMALL)
    plain.load_state_dict(before)
    path = tmp_path / "anna.safetensors"
    write_speaker(path, speaker, "a test")
    changed = as_spoken_by(plain, read_speaker(path))
    symbols = torch.arange(5)[None]
    torch.testing.assert_close(
        changed.encode(symbols, speaker.vector[None]),
        network.encode(symbols, speaker.vector[None]),
        atol=0.02,
        rtol=0.02,
    )
    assert all(torch.equal(plain.state_dict()[name], before[name]) for name in before)


def test_adaptation_is_decided_by_its_seed() -> None:
    torch.manual_seed(0)
    state, corpus = trained_network().state_dict(), utterances(8)

    def vector(seed: int) -> torch.Tensor:
        network = VoiceNetwork(SMALL)
        network.load_state_dict(state)
        settings = AdaptationSettings(steps=4, vector_steps=2, batch=2, rank=2, seed=seed)
        return adapt(network, torch.zeros(64), corpus, settings, lambda line: None).vector

    assert torch.equal(vector(1), vector(1))
    assert not torch.equal(vector(1), vector(2))


def test_the_nearest_speaker_predicts_best() -> None:
    torch.manual_seed(0)
    network, corpus = trained_network(), utterances(10)
    settings = AdaptationSettings(steps=60, vector_steps=60, batch=4, rank=1)
    learned = adapt(network, torch.zeros(64), corpus, settings, lambda line: None).vector
    known = {"far": Speaker(-learned), "near": Speaker(learned)}
    assert nearest(network, known, corpus) == "near"


def test_the_teacher_tells_how_long_symbols_are_and_goes_on(models: Any, tmp_path: Path) -> None:
    folder = models.folder / "kokoro-82m"
    if not (folder / "am_puck.bin").is_file():
        pytest.skip("no teacher: parley models fetch kokoro-82m")
    teacher = Teacher(folder, "am_puck")
    path = tmp_path / "texts.txt"
    path.write_text("Good morning.\n\nHow are you?\nThis is never said.\n")
    texts = read_texts(path)
    corpus = tmp_path / "puck.jsonl"
    for until in (0.0001, 0.03):
        made = list(make_corpus(teacher, texts, corpus, until))
        assert len(made) == 1
    rows = [json.loads(line) for line in corpus.read_text().splitlines()]
    assert [row["text"] for row in rows] == ["Good morning.", "How are you?"]
    for row in rows:
        assert len(row["dur"]) == len(row["symbols"]) + 2
        assert sum(row["dur"]) * UNIT == pytest.approx(row["samples"], abs=UNIT)
        assert all(symbol in SYMBOLS for symbol in row["symbols"])


def test_a_teacher_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="parley models fetch kokoro-82m"):
        Teacher(tmp_path, "af_heart")
