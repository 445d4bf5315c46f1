"""Weights files: what is broken is said in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from tts.codec import Decoder, DecoderShape
from tts.network import NetworkShape, VoiceNetwork
from tts.weights import WeightsError, packed, read_network, unpacked, write_weights

SMALL = NetworkShape(
    symbols=180, latent=36, text_width=64, text_heads=1, text_layers=1, width=64, heads=1,
    layers=1, flow_width=32, flow_layers=1,
)  # fmt: skip


def test_weights_carry_shape_and_licence(weights: Path) -> None:
    with safe_open(weights / "voice.safetensors", "pt") as file:
        metadata = file.metadata()
    assert metadata["licence"] == "Apache-2.0" and "training" in metadata["about"]
    assert sum(path.stat().st_size for path in weights.glob("*.safetensors")) < 64e6


def test_a_file_cut_short(tmp_path: Path, weights: Path) -> None:
    whole = (weights / "codec.safetensors").read_bytes()
    path = tmp_path / "codec.safetensors"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(WeightsError, match=r"codec\.safetensors does not hold weights"):
        read_network(path, DecoderShape, Decoder)


def test_weights_of_something_else(weights: Path) -> None:
    with pytest.raises(WeightsError, match="does not hold weights of this voice"):
        read_network(weights / "voice.safetensors", DecoderShape, Decoder)


def test_writing_and_reading(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = VoiceNetwork(SMALL)
    write_weights(tmp_path / "x.safetensors", network.state_dict(), SMALL, "a test")
    read = read_network(tmp_path / "x.safetensors", NetworkShape, VoiceNetwork)
    assert read.shape == SMALL
    for name, tensor in network.state_dict().items():
        torch.testing.assert_close(read.state_dict()[name], tensor, atol=1e-3, rtol=1e-3)


def test_packed_matrices_are_off_by_half_a_step() -> None:
    torch.manual_seed(0)
    tensors = {"matrix": torch.randn(8, 32), "vector": torch.randn(8), "zeros": torch.zeros(2, 2)}
    small = packed(tensors)
    assert small["matrix"].dtype == torch.int8 and small["vector"] is tensors["vector"]
    read = unpacked(small)
    half_a_step = tensors["matrix"].abs().amax(1, keepdim=True) / 127 * 0.51
    assert ((read["matrix"] - tensors["matrix"]).abs() <= half_a_step).all()
    assert read.keys() == tensors.keys() and not read["zeros"].any()
