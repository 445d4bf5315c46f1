"""Speakers: their files, and one network that speaks as any of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from tts.engine import Engine
from tts.network import NetworkShape, VoiceNetwork
from tts.settings import SpeakingSettings
from tts.speaker import Speaker, as_spoken_by, find, read_speaker, write_speaker
from tts.weights import WeightsError

SMALL = NetworkShape(
    symbols=20, latent=36, text_width=32, text_heads=2, text_layers=1, width=32, heads=2,
    layers=1, flow_width=32, flow_layers=1,
)  # fmt: skip


def said(engine: Engine, voice: str | None = None, rate: float | None = None) -> np.ndarray:
    return np.concatenate([c.samples for c in engine.speak(["Hello."], voice=voice, rate=rate)])


def adapted(network: VoiceNetwork) -> Speaker:
    layer = "backbone.layers.0.gate"
    out, into = network.get_submodule(layer).get_parameter("weight").shape
    changes = {layer: (torch.randn(out, 2), torch.randn(2, into))}
    return Speaker(torch.randn(network.speaker_width), changes)


def test_a_speaker_is_read_as_it_was_written(tmp_path: Path) -> None:
    speaker = adapted(VoiceNetwork(SMALL))
    write_speaker(tmp_path / "anna.safetensors", speaker, "a test")
    read = read_speaker(tmp_path / "anna.safetensors")
    torch.testing.assert_close(read.vector, speaker.vector, atol=2e-3, rtol=0)
    assert read.changes.keys() == speaker.changes.keys()


def test_changes_are_made_to_a_copy() -> None:
    network = VoiceNetwork(SMALL)
    speaker = adapted(network)
    layer, (out, into) = next(iter(speaker.changes.items()))
    before = network.get_submodule(layer).get_parameter("weight").clone()
    changed = as_spoken_by(network, speaker).get_submodule(layer).get_parameter("weight")
    torch.testing.assert_close(changed, before + out @ into)
    assert network.get_submodule(layer).get_parameter("weight").equal(before)
    assert as_spoken_by(network, Speaker(speaker.vector)) is network


def test_a_speaker_of_another_network_is_refused() -> None:
    wide = adapted(VoiceNetwork(SMALL))
    with pytest.raises(WeightsError, match="adapt it again"):
        as_spoken_by(VoiceNetwork(NetworkShape()), wide)


def test_the_vector_reaches_what_is_encoded() -> None:
    network = VoiceNetwork(SMALL)
    symbols = torch.arange(5)[None]
    nobody, somebody = torch.zeros(1, 64), torch.ones(1, 64)
    plain = network.encoder(symbols, torch.zeros(1, 32))
    torch.testing.assert_close(network.encode(symbols, nobody), plain)
    assert (network.encode(symbols, somebody) - plain).abs().max() > 0.1


def test_an_unknown_voice_lists_those_there_are(weights: Path, engine: Engine) -> None:
    with pytest.raises(WeightsError, match=r'no voice "bob": choose one of heart'):
        find("bob", weights / "voices")
    with pytest.raises(WeightsError, match=r'no voice "bob": choose .*heart'):
        engine.speech(voice="bob")


def test_a_file_that_is_no_voice_is_refused(weights: Path) -> None:
    with pytest.raises(WeightsError, match="does not hold a voice"):
        read_speaker(weights / "codec.safetensors")


def test_calls_share_a_model_and_choose_a_voice(
    weights: Path, tmp_path: Path, engine: Engine
) -> None:
    path = tmp_path / "anna.safetensors"
    write_speaker(path, Speaker(torch.randn(512)), "a test")
    both = Engine(weights, SpeakingSettings(voices=(str(path),)))
    assert both.voices["anna"].network is both.narrator.network
    np.testing.assert_array_equal(said(both), said(engine))
    assert not np.array_equal(said(both, "anna")[:1920], said(engine)[:1920])
    np.testing.assert_array_equal(said(both, "heart"), said(engine))
    chosen = Engine(weights, SpeakingSettings(voice=str(path)))
    np.testing.assert_array_equal(said(chosen), said(both, "anna"))


def test_a_higher_rate_takes_less_time(engine: Engine) -> None:
    slow, fast = len(said(engine, rate=0.7)), len(said(engine, rate=1.5))
    assert slow > 1.6 * fast


def test_a_rate_out_of_range_is_told(engine: Engine) -> None:
    with pytest.raises(ValueError, match=r"from 0.5 to 2"):
        engine.speech(rate=0.0)
