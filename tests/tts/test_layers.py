"""Every layer with a state: streaming equals offline."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from streaming import PIECES, PRECISIONS, assert_same, in_pieces
from torch import Tensor

from tts.backbone import Backbone
from tts.layers import ConvNeXt, KeyValues, RMSNorm, TransformerLayer, causal_mask, rotations
from tts.quantized import QuantizedLinear, quantize


@PIECES
@PRECISIONS
def test_convnext_streams(piece: int, dtype: torch.dtype, tolerance: float) -> None:
    torch.manual_seed(0)
    block = ConvNeXt(12, 24, 7).to(dtype)
    x = torch.randn(2, 30, 12, dtype=dtype)
    whole, _ = block(x, block.start(2))
    assert_same(in_pieces(block, (x,), block.start(2), piece), whole, tolerance)


def test_convnext_is_a_depthwise_convolution() -> None:
    torch.manual_seed(0)
    block = ConvNeXt(6, 12, 5)
    x = torch.randn(1, 9, 6)
    padded = torch.nn.functional.pad(x.transpose(1, 2), (4, 0))
    expected = x + block.mix(block.depthwise(padded).transpose(1, 2))
    torch.testing.assert_close(block(x, block.start(1))[0], expected)


@PIECES
@PRECISIONS
def test_causal_attention_streams(piece: int, dtype: torch.dtype, tolerance: float) -> None:
    torch.manual_seed(0)
    layer = TransformerLayer(32, 4).to(dtype)
    x = torch.randn(1, 30, 32, dtype=dtype)
    rotation = rotations(torch.arange(30, dtype=dtype), 8)

    def step(part: Tensor, past: KeyValues | None) -> tuple[Tensor, KeyValues | None]:
        start = past.length if past else 0
        now = rotation[start : start + part.shape[1]]
        return layer(part, now, causal_mask(start, part.shape[1]), past)

    whole, _ = step(x, None)
    assert_same(in_pieces(step, (x,), None, piece), whole, tolerance)


@pytest.mark.parametrize("time", [1, 5])
def test_shared_keys_are_those_of_torch(time: int) -> None:
    torch.manual_seed(0)
    queries = torch.randn(3, 8, time, 4)
    memory = KeyValues(torch.randn(3, 2, 9, 4), torch.randn(3, 2, 9, 4))
    for mask in (None, causal_mask(9 - time, time), torch.randn(3, 1, time, 9)):
        expected = F.scaled_dot_product_attention(
            queries, memory.keys, memory.values, attn_mask=mask, enable_gqa=True
        )
        torch.testing.assert_close(memory.attend(queries, mask), expected)


def test_a_part_that_is_replaced_is_the_one_that_works() -> None:
    torch.manual_seed(0)
    layer = TransformerLayer(32, 4).requires_grad_(False)
    x = torch.randn(1, 6, 32)
    exact, _ = layer(x)
    quantize(layer)
    assert isinstance(layer.gate, QuantizedLinear)
    rounded, _ = layer(x)
    assert 0 < (rounded - exact).abs().max() < 0.1 * exact.abs().max()


def test_rotation_makes_attention_see_distances_only() -> None:
    x, y = torch.randn(2, 4, dtype=torch.complex128)
    turn = rotations(torch.arange(40, dtype=torch.float64), 8)
    near = (x * turn[3]) @ (y * turn[5]).conj()
    far = (x * turn[33]) @ (y * turn[35]).conj()
    torch.testing.assert_close(near.real, far.real)


@PIECES
@PRECISIONS
def test_backbone_streams(piece: int, dtype: torch.dtype, tolerance: float) -> None:
    torch.manual_seed(0)
    backbone = Backbone(latent=6, condition=20, width=32, heads=4, layers=3).to(dtype)
    latents = torch.randn(1, 25, 6, dtype=dtype)
    conditions = backbone.condition_in(torch.randn(1, 25, 20, dtype=dtype))
    whole, _ = backbone(latents, conditions)
    assert_same(in_pieces(backbone, (latents, conditions), (), piece), whole, tolerance)


@PRECISIONS
def test_norm_is_that_of_torch(dtype: torch.dtype, tolerance: float) -> None:
    torch.manual_seed(0)
    ours = RMSNorm(48, 1e-2).to(dtype)
    torch.nn.init.normal_(ours.weight)
    theirs = torch.nn.RMSNorm(48, eps=1e-2, dtype=dtype)
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(2, 5, 48, dtype=dtype) * torch.tensor([1e-3, 0.1, 1, 10, 0])[:, None]
    assert_same(ours(x), theirs(x), tolerance)
    assert ours(x).dtype == dtype
