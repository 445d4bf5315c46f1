"""What one frame costs by counting: bytes read and operations, part by part."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tts.voxtral.checkpoint import SEMANTIC_HEAD, expected_tensors
from tts.voxtral.memory import FLOAT32
from tts.voxtral.params import VoxtralParams

BANDWIDTHS = {"H100": 3.35e12, "H200": 4.8e12}
"""Bytes a second that the card can read from its memory, as its maker says."""


@dataclass(frozen=True)
class Cost:
    """One part of a frame: bytes read from memory, and multiplications and additions."""

    part: str
    size: float
    operations: float


def frame_costs(params: VoxtralParams, item: int, batch: int, context: int) -> list[Cost]:
    """The parts of one step of `batch` sentences that look back at `context` steps each.

    Weights have `item` bytes and are read once for the whole batch; the semantic head and the
    codec are float32. Attention's own operations are too few to count.
    """
    sizes = {name: math.prod(tensor.shape) for name, tensor in expected_tensors(params).items()}

    def total(*prefixes: str) -> int:
        return sum(size for name, size in sizes.items() if name.startswith(prefixes))

    text, acoustic = params.text, "acoustic_transformer."
    layers, flow = total("layers.", "norm."), total(f"{acoustic}layers.", f"{acoustic}norm.")
    inputs = total(f"{acoustic}input_", f"{acoustic}llm_")
    memory = 2 * text.layers * text.key_heads * text.head_width * context * item
    head, codec = sizes[SEMANTIC_HEAD], total("audio_tokenizer.")
    # Two branches of three tokens in every step.
    tokens = 6 * batch * params.flow_steps
    return [
        Cost("language model", item * layers, 2 * layers * batch),
        Cost("keys and values", memory * batch, 0),
        Cost("semantic head", FLOAT32 * head, 2 * head * batch),
        Cost("flow matching", item * (params.flow_steps * flow + inputs), 2 * flow * tokens),
        Cost("codec", FLOAT32 * codec, codec_operations(params) * batch),
    ]


def codec_operations(params: VoxtralParams) -> float:
    """Operations of the codec's products for one frame; later stages run several steps."""
    codec = params.codec
    latent, inner = codec.semantic_width + params.acoustic_books, codec.heads * codec.head_width
    layer = codec.width * (4 * inner + 3 * codec.hidden)
    products, rate = codec.width * latent * codec.kernels[0], 1
    for layers, kernel, stride in zip(codec.layers, codec.kernels, codec.strides, strict=True):
        products += codec.width**2 * kernel * rate if stride > 1 else 0
        rate *= stride
        products += layers * layer * rate
    products += codec.width * codec.patch * codec.patch_kernel * rate
    return 2.0 * products


def table(costs: list[Cost]) -> str:
    """The costs with the least time that each card's memory allows, in lines."""
    cards = list(BANDWIDTHS)
    row = "{:<16}{:>10}{:>12}{:>12}{:>12}".format
    lines = [row("part", "GB read", "GFLOP", *(f"{card} ms" for card in cards))]
    for cost in (*costs, whole(costs)):
        floors = (f"{1000 * cost.size / BANDWIDTHS[card]:.2f}" for card in cards)
        lines.append(
            row(cost.part, f"{cost.size / 1e9:.3f}", f"{cost.operations / 1e9:.1f}", *floors)
        )
    return "\n".join(lines)


def whole(costs: list[Cost]) -> Cost:
    """All parts together."""
    return Cost("a frame", sum(c.size for c in costs), sum(c.operations for c in costs))
