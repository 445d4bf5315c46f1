"""The mean of several trainings' weights."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tts.network import NetworkShape, VoiceNetwork
from tts.speaker import Speaker, read_speaker, write_speaker
from tts.training.average import average, mean
from tts.weights import WeightsError, read_network, write_weights

SHAPE = NetworkShape(
    text_width=16, text_heads=2, text_layers=1, width=28, heads=2, layers=1, flow_width=16
)


def training(folder: Path, seed: int, *voices: str) -> VoiceNetwork:
    torch.manual_seed(seed)
    network = VoiceNetwork(SHAPE)
    folder.mkdir()
    write_weights(folder / "voice.safetensors", network.state_dict(), SHAPE, "a test")
    (folder / "voices").mkdir()
    for voice in voices:
        vector = torch.full((network.speaker_width,), float(seed))
        write_speaker(folder / "voices" / f"{voice}.safetensors", Speaker(vector), voice)
    return network


def test_shares_are_of_the_whole() -> None:
    found = mean([{"w": torch.tensor([1.0])}, {"w": torch.tensor([4.0])}], [1, 3])
    assert found["w"].tolist() == [3.25]


def test_networks_and_the_speakers_of_all_are_averaged(tmp_path: Path) -> None:
    one = training(tmp_path / "one", 1, "anna", "bob").state_dict()
    two = training(tmp_path / "two", 2, "anna").state_dict()
    average([tmp_path / "one", tmp_path / "two"], [0.5, 0.5], tmp_path / "out")
    found = read_network(tmp_path / "out" / "voice.safetensors", NetworkShape, VoiceNetwork)
    name = "backbone.condition_in.weight"
    torch.testing.assert_close(
        found.state_dict()[name], (one[name] + two[name]) / 2, atol=1e-3, rtol=0
    )
    assert [file.stem for file in (tmp_path / "out" / "voices").iterdir()] == ["anna"]
    anna = read_speaker(tmp_path / "out" / "voices" / "anna.safetensors")
    assert anna.vector.unique().tolist() == [1.5]


def test_a_folder_without_weights_is_named(tmp_path: Path) -> None:
    training(tmp_path / "one", 1)
    with pytest.raises(WeightsError, match="two"):
        average([tmp_path / "one", tmp_path / "two"], [1, 1], tmp_path / "out")
