"""The toy model, written and loaded once."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from toy_checkpoint import Letters, toy_tensors, write_toy

from tts.voxtral.checkpoint import open_checkpoint
from tts.voxtral.codec import CodecDecoder
from tts.voxtral.engine import VoxtralEngine
from tts.voxtral.loading import load_codec, load_network
from tts.voxtral.model import VoxtralModel, load_model
from tts.voxtral.network import VoxtralNetwork
from tts.voxtral.params import VoxtralParams, read_params
from tts.voxtral.settings import VoxtralSettings

CPU = torch.device("cpu")


@pytest.fixture(scope="session")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the toy model."""
    return write_toy(tmp_path_factory.mktemp("voxtral"))


@pytest.fixture(scope="session")
def params(toy: Path) -> VoxtralParams:
    return read_params(toy / "params.json")


@pytest.fixture(scope="session")
def weights64() -> dict[str, object]:
    """The toy's tensors for the reference."""
    return {name: tensor.double().numpy() for name, tensor in toy_tensors().items()}


@pytest.fixture(scope="session", params=[torch.float32, torch.float64], ids=["fp32", "fp64"])
def dtype(request: pytest.FixtureRequest) -> torch.dtype:
    precision: torch.dtype = request.param
    return precision


@pytest.fixture(scope="session")
def network(toy: Path, params: VoxtralParams, dtype: torch.dtype) -> VoxtralNetwork:
    with open_checkpoint(toy / "consolidated.safetensors", params) as read:
        return load_network(read, params, CPU, dtype)


@pytest.fixture(scope="session")
def codec(toy: Path, params: VoxtralParams, dtype: torch.dtype) -> CodecDecoder:
    with open_checkpoint(toy / "consolidated.safetensors", params) as read:
        return load_codec(read, params, CPU, dtype)


@pytest.fixture(scope="session")
def small() -> VoxtralSettings:
    return VoxtralSettings(device="cpu", streams=4, sentence_tokens=512)


@pytest.fixture(scope="session")
def model(toy: Path, small: VoxtralSettings) -> VoxtralModel:
    return load_model(toy, small, lambda _: None, Letters())


@pytest.fixture
def engine(model: VoxtralModel, small: VoxtralSettings) -> VoxtralEngine:
    """The toy's engine, with all its slots free."""
    return VoxtralEngine(model, small)
