"""The engine's networks against the reference in numpy, and the mistakes that public ports make."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import voxtral_reference as reference
from numpy.typing import NDArray

from tts.voxtral.codec import CodecDecoder, alibi_slopes
from tts.voxtral.network import VoxtralNetwork
from tts.voxtral.params import VoxtralParams


def distance(ours: torch.Tensor | NDArray[np.float64], theirs: NDArray[np.float64]) -> float:
    """Relative L2."""
    return float(np.linalg.norm(np.asarray(ours, np.float64) - theirs) / np.linalg.norm(theirs))


def bound(fp32: float, dtype: torch.dtype) -> float:
    return fp32 if dtype == torch.float32 else 1e-12


def random_codes(frames: int, seed: int = 0) -> NDArray[np.int64]:
    random = np.random.default_rng(seed)
    semantic = random.integers(2, 62, (frames, 1))
    return np.concatenate([semantic, random.integers(2, 23, (frames, 36))], axis=1)


@pytest.fixture(scope="module")
def codes() -> NDArray[np.int64]:
    return random_codes(24)


@pytest.fixture(scope="module")
def samples(weights64: reference.Weights, codes: NDArray[np.int64]) -> NDArray[np.float64]:
    return reference.decode(weights64, codes)


@pytest.fixture(scope="module")
def prompt() -> NDArray[np.float64]:
    """Embeddings of 40 positions."""
    return np.random.default_rng(2).normal(size=(40, 32)).astype(np.float32).astype(np.float64)


@pytest.fixture(scope="module")
def hidden(weights64: reference.Weights, prompt: NDArray[np.float64]) -> NDArray[np.float64]:
    return reference.hidden_states(weights64, prompt)


@torch.inference_mode()
def decoded(codec: CodecDecoder, codes: NDArray[np.int64]) -> torch.Tensor:
    return codec(torch.from_numpy(codes)[None], codec.start())[0][0]


def test_codec(
    codec: CodecDecoder,
    dtype: torch.dtype,
    codes: NDArray[np.int64],
    samples: NDArray[np.float64],
) -> None:
    ours = decoded(codec, codes)
    assert ours.shape == samples.shape == (24 * 1920,)
    assert samples.std() > 0.1
    assert distance(ours, samples) <= bound(2e-6, dtype)


@pytest.mark.parametrize(
    "mistake",
    [{"slope_shift": 1}, {"keys": 0}, {"first_padding": "reflect"}],
    ids=["slopes from one half", "W keys", "first convolution reflects"],
)
def test_codec_makes_none_of_the_common_mistakes(
    codec: CodecDecoder,
    weights64: reference.Weights,
    codes: NDArray[np.int64],
    mistake: dict[str, int],
) -> None:
    wrong = reference.decode(weights64, codes, **mistake)  # type: ignore[arg-type]
    assert distance(decoded(codec, codes), wrong) > 1e-3


def test_slopes_and_windows(params: VoxtralParams, codec: CodecDecoder, dtype: torch.dtype) -> None:
    assert alibi_slopes(8).tolist() == [2.0**-h for h in range(8)]
    assert params.codec.windows == (2, 4, 8, 16)
    for stage, keys in zip(codec.stages, (3, 5, 9, 17), strict=True):
        mask = stage.mask(torch.tensor([100]), 40, dtype)[0]
        assert (torch.isfinite(mask).sum(-1) == keys).all()
        # The last of the keys is the step itself; the one before it costs the head's slope.
        assert torch.equal(mask[:, 0, stage.window], torch.zeros(8, dtype=dtype))
        assert torch.equal(mask[:, 0, stage.window - 1], -alibi_slopes(8).to(dtype))


@torch.inference_mode()
def test_backbone_and_semantic_logits(
    network: VoxtralNetwork,
    dtype: torch.dtype,
    weights64: reference.Weights,
    prompt: NDArray[np.float64],
    hidden: NDArray[np.float64],
) -> None:
    ours, _ = network.read(torch.from_numpy(prompt).to(dtype)[None], network.rotations(40))
    assert distance(ours[0], hidden) <= bound(1e-5, dtype)
    logits = network.semantic_logits(ours[0, -1:])[0]
    expected = reference.semantic_logits(weights64, hidden[-1])
    assert logits.dtype == dtype
    assert distance(logits, expected) <= bound(1e-5, dtype)


@torch.inference_mode()
def test_flow(
    network: VoxtralNetwork,
    dtype: torch.dtype,
    weights64: reference.Weights,
    hidden: NDArray[np.float64],
) -> None:
    noise = np.random.default_rng(3).normal(size=(3, 36)).astype(np.float32).astype(np.float64)
    states = torch.from_numpy(hidden[-3:]).to(dtype)
    points, acoustic = torch.from_numpy(noise).to(dtype), network.acoustic
    conditions = torch.cat((acoustic.hidden_in(states), torch.zeros(3, 32, dtype=dtype)))
    step = acoustic.velocity(points, network.schedule[3], conditions, 1.2)
    whole = acoustic.values(points, states, network.schedule, 1.2)
    for row in range(3):
        one = reference.guided_velocity(weights64, noise[row], 3 / 7, hidden[row - 3], 1.2)
        assert distance(step[row], one) <= bound(1e-5, dtype)
        expected = reference.acoustic_values(weights64, noise[row], hidden[row - 3])
        assert distance(whole[row], expected) <= bound(1e-5, dtype)


@torch.inference_mode()
def test_a_frame_and_what_is_heard_of_it(
    network: VoxtralNetwork,
    dtype: torch.dtype,
    weights64: reference.Weights,
    hidden: NDArray[np.float64],
) -> None:
    noise = np.random.default_rng(4).normal(size=(8, 36))
    states = torch.from_numpy(hidden[-8:]).to(dtype)
    free = torch.ones(8, dtype=torch.bool)
    codes = network.frame(states, torch.from_numpy(noise).to(dtype), free, 1.2)
    heard = network.embed_frames(codes)
    for row in range(8):
        expected = reference.frame(weights64, noise[row], hidden[row - 8])
        assert codes[row].tolist() == expected.tolist()
        embedded = reference.embed_frame(weights64, expected)
        assert distance(heard[row, 0], embedded) <= bound(1e-6, dtype)


@torch.inference_mode()
def test_end_empties_its_frame_and_may_be_forbidden(network: VoxtralNetwork) -> None:
    head = network.semantic_out.weight
    hidden = head[1:2] * 100
    noise = torch.zeros(1, 36, dtype=hidden.dtype)
    ended = network.frame(hidden, noise, torch.tensor([True]), 1.2)
    assert ended[0].tolist() == [1] + [2] * 36
    going_on = network.frame(hidden, noise, torch.tensor([False]), 1.2)
    assert going_on[0, 0] >= 2


@torch.inference_mode()
def test_codes_that_are_none_are_never_chosen(network: VoxtralNetwork) -> None:
    head = network.semantic_out.weight
    never = [0, *range(62, 128)]
    hidden = head[never] * 1000
    noise = torch.zeros(len(never), 36, dtype=hidden.dtype)
    codes = network.frame(hidden, noise, torch.ones(len(never), dtype=torch.bool), 1.2)
    assert ((codes[:, 0] >= 1) & (codes[:, 0] < 62)).all()
    assert ((codes[:, 1:] >= 2) & (codes[:, 1:] < 23)).all()
