"""A whole course of training, on a network of a few thousand parameters."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import soundfile
import torch

from tts.engine import Engine
from tts.network import NetworkShape, VoiceNetwork
from tts.settings import SpeakingSettings
from tts.speaker import Speaker, write_speaker
from tts.training.course import latents_of, run
from tts.training.settings import Guidance, TrainingError, TrainingSettings
from tts.weights import read_network, write_weights

SMALL = NetworkShape(
    symbols=180, latent=36, text_width=64, text_heads=1, text_layers=1, width=64, heads=1,
    layers=1, flow_width=32, flow_layers=1,
)  # fmt: skip


@pytest.fixture
def settings(tmp_path: Path) -> TrainingSettings:
    """Two speakers' latents and weights to start from, in a folder."""
    torch.manual_seed(0)
    (tmp_path / "latents").mkdir()
    for name in ("one", "two"):
        rows = [
            {"z": torch.randn(9, 36), "sym": torch.randint(0, 179, (5,)), "dur": torch.ones(5) * 5}
            for _ in range(6)
        ]
        torch.save(rows, tmp_path / "latents" / f"{name}.pt")
    start = tmp_path / "start.safetensors"
    write_weights(start, VoiceNetwork(SMALL).state_dict(), SMALL, "a test")
    return TrainingSettings(
        folder=str(tmp_path),
        corpora={"one": "one.jsonl", "two": "two.jsonl"},
        start=str(start),
        steps=5,
        warm_up=1,
        cool_down=2,
        batch=2,
        held_out=2,
        save_every=2,
        sample_every=4,
        sample_texts=("Yes.",),
    )


def test_a_course_ends_with_weights_that_speak(settings: TrainingSettings) -> None:
    pytest.importorskip("matplotlib", reason="the learning curve needs matplotlib")
    told: list[str] = []
    folder = Path(settings.folder)
    weights = run(settings, told.append)
    assert [line.split("  ")[0] for line in told] == [f"step {n} of 5" for n in (2, 4, 5)]
    history = [json.loads(line) for line in (folder / "history.jsonl").read_text().splitlines()]
    assert [row["step"] for row in history] == [0, 2, 4, 5]
    assert all(set(row["held_out"]) == {"one", "two"} for row in history)
    assert (folder / "curve.png").stat().st_size > 1000
    for step in ("000004", "000005"):
        for name in ("one", "two"):
            samples, rate = soundfile.read(folder / "samples" / f"{step}-{name}-0.wav")
            assert rate == 24_000 and len(samples) > 0
    assert set(Engine(weights, SpeakingSettings(voice="two")).voices) == {"one", "two"}


def test_a_course_that_has_ended_is_not_run_again(settings: TrainingSettings) -> None:
    run(settings, lambda line: None)
    told: list[str] = []
    run(settings, told.append)
    assert not told


def test_a_missing_corpus_is_told(settings: TrainingSettings) -> None:
    wrong = settings.model_copy(update={"corpora": {"three": "three.jsonl"}})
    with pytest.raises(TrainingError, match=r"no corpus three.jsonl: correct corpora.three"):
        latents_of(wrong, lambda line: None)


def test_a_corpus_that_is_too_small_is_told(settings: TrainingSettings) -> None:
    wrong = settings.model_copy(update={"held_out": 50})
    with pytest.raises(TrainingError, match=r"in the 50 clips that are held out: add more to"):
        run(wrong, lambda line: None)


def test_a_course_of_guidance_needs_the_speakers_that_it_teaches(
    settings: TrainingSettings,
) -> None:
    pytest.importorskip("matplotlib", reason="the learning curve needs matplotlib")
    guidance = Guidance(teacher=settings.start, textless=settings.start)
    guided = settings.model_copy(update={"objective": guidance, "steps": 2})
    with pytest.raises(TrainingError, match="does not know one: put voices/one"):
        run(guided, lambda told: None)
    for name in settings.corpora:
        vector = torch.randn(VoiceNetwork(SMALL).speaker_width)
        path = Path(settings.start).parent / "voices" / f"{name}.safetensors"
        write_speaker(path, Speaker(vector), "a test")
    told: list[str] = []
    run(guided, told.append)
    assert told[-1].startswith("step 2 of 2")


def test_a_course_without_text_leaves_the_durations_alone(settings: TrainingSettings) -> None:
    pytest.importorskip("matplotlib", reason="the learning curve needs matplotlib")
    weights = run(settings.model_copy(update={"objective": "textless"}), lambda told: None)
    started, ended = (
        read_network(file, NetworkShape, VoiceNetwork).state_dict()
        for file in (Path(settings.start), weights / "voice.safetensors")
    )
    assert torch.equal(ended["durations.net.0.weight"], started["durations.net.0.weight"])
    assert not torch.equal(ended["flow.latent_in.weight"], started["flow.latent_in.weight"])
