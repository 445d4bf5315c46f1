"""Frames of several streams in one pass are those that each stream has alone."""

from __future__ import annotations

import pytest
import torch
from streaming import PRECISIONS, assert_same

from tts.backbone import Backbone
from tts.codec import FRAME, Decoder, DecoderShape, DecoderState
from tts.quantized import QuantizedLinear


@PRECISIONS
def test_streams_of_different_ages_share_a_step(dtype: torch.dtype, tolerance: float) -> None:
    torch.manual_seed(0)
    backbone = Backbone(6, 10, 32, 4, 2).to(dtype)
    states, latents, conditions, alone = [], [], [], []
    for age in (0, 1, 9):
        past = torch.randn(1, age, 6, dtype=dtype), torch.randn(1, age, 32, dtype=dtype)
        state = backbone(*past)[1] if age else backbone.start()
        latent, condition = torch.randn(1, 1, 6, dtype=dtype), torch.randn(1, 1, 32, dtype=dtype)
        hidden, after = backbone(latent, condition, state)
        states.append(state)
        latents.append(latent)
        conditions.append(condition)
        alone.append((hidden, after))
    hidden, afters = backbone.together(torch.cat(latents), torch.cat(conditions), states)
    assert_same(hidden, torch.cat([one for one, _ in alone]), tolerance)
    for after, (_, expected) in zip(afters, alone, strict=True):
        for memory, expected_memory in zip(after, expected, strict=True):
            assert_same(memory.keys, expected_memory.keys, tolerance)
            assert_same(memory.values, expected_memory.values, tolerance)


@PRECISIONS
def test_decoder_states_are_joined_and_parted(dtype: torch.dtype, tolerance: float) -> None:
    torch.manual_seed(0)
    decoder = Decoder(DecoderShape(8, 16, 1, 12, 2)).to(dtype)
    states = []
    for age in (1, 3):
        inputs = torch.randn(1, age, 12, dtype=dtype), torch.randn(1, age * FRAME, dtype=dtype)
        states.append(decoder(*inputs, decoder.start())[1])
    latents, noise = torch.randn(2, 1, 12, dtype=dtype), torch.randn(2, FRAME, dtype=dtype)
    together, after = decoder(latents, noise, DecoderState.joined(states))
    for i, state in enumerate(states):
        one = slice(i, i + 1)
        alone, expected = decoder(latents[one], noise[one], state)
        assert_same(together[one], alone, tolerance)
        assert_same(after.row(i).overlap, expected.overlap, tolerance)
        assert_same(after.row(i).convolutions[-1], expected.convolutions[-1], tolerance)


@pytest.mark.parametrize("has_bias", [True, False])
def test_rows_of_an_8_bit_product_do_not_see_each_other(has_bias: bool) -> None:
    torch.manual_seed(0)
    linear = torch.nn.Linear(96, 40, bias=has_bias).requires_grad_(False)
    quantized = QuantizedLinear(linear)
    x = torch.randn(5, 3, 96) * torch.tensor([1e-6, 0.1, 1, 50, 0]).view(5, 1, 1)
    product = quantized(x)
    for row, alone in zip(product, x, strict=True):
        assert torch.equal(quantized(alone), row)
        exact = linear(alone)
        assert (quantized(alone) - exact).norm() <= 0.02 * exact.norm()
