"""The checkpoint's tensors -> networks ready to run.

What never changes is folded in float32: weight norms, the codebook's usage, the layers' scales.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from tts.layers import TransformerLayer
from tts.voxtral.checkpoint import CODES_TABLE, NORM, SEMANTIC_HEAD, WORDS_TABLE, Checkpoint
from tts.voxtral.codec import CausalConvolution, CodecDecoder, Stage, WindowLayer
from tts.voxtral.network import VoxtralNetwork
from tts.voxtral.params import VoxtralParams

LEAST_USAGE = 1e-5


def empty_network(
    params: VoxtralParams, device: torch.device, dtype: torch.dtype, **rows: int
) -> VoxtralNetwork:
    """The network with its memory taken and nothing in it; the semantic head at least float32."""
    with torch.device("meta"):
        network = VoxtralNetwork(params, **rows)
    network.to(dtype)
    network.semantic_out.to(torch.promote_types(dtype, torch.float32))
    network.to_empty(device=device)
    return network


def empty_codec(
    params: VoxtralParams, device: torch.device, dtype: torch.dtype = torch.float32
) -> CodecDecoder:
    """The codec with its memory taken and nothing in it."""
    with torch.device("meta"):
        codec = CodecDecoder(params)
    codec.to(dtype).to_empty(device=device)
    return codec


@torch.no_grad()
def load_network(
    read: Checkpoint, params: VoxtralParams, device: torch.device, dtype: torch.dtype
) -> VoxtralNetwork:
    """The language model and the acoustic transformer, in `dtype`."""
    codes, head = read(CODES_TABLE), read(SEMANTIC_HEAD)
    network = empty_network(params, device, dtype, code_rows=len(codes), head_rows=len(head))
    network.codes.copy_(codes)
    network.semantic_out.weight.copy_(head)
    network.words.copy_(read(WORDS_TABLE))
    network.norm.weight.copy_(read("norm.weight"))
    _load_layers(read, network.layers, "layers")
    acoustic = network.acoustic
    for name, weight in (
        ("input_projection", acoustic.latent_in.weight),
        ("time_projection", acoustic.time_in.weight),
        ("llm_projection", acoustic.hidden_in.weight),
        ("acoustic_codebook_output", acoustic.latent_out.weight),
        ("norm", acoustic.norm.weight),
    ):
        weight.copy_(read(f"acoustic_transformer.{name}.weight"))
    _load_layers(read, acoustic.layers, "acoustic_transformer.layers")
    return network.settle()


@torch.no_grad()
def load_codec(
    read: Checkpoint,
    params: VoxtralParams,
    device: torch.device,
    dtype: torch.dtype = torch.float32,
) -> CodecDecoder:
    """The codec's decoder."""
    prefix = "audio_tokenizer"
    codec = empty_codec(params, device, dtype)
    codebook = f"{prefix}.quantizer.semantic_codebook"
    usage = read(f"{codebook}.cluster_usage").to(dtype).clamp(min=LEAST_USAGE)
    codec.codebook.copy_(read(f"{codebook}.embedding_sum").to(dtype) / usage[:, None])
    _load_convolution(codec.latent_in, convolution(read, f"{prefix}.decoder_blocks.0", dtype))
    _load_convolution(codec.samples_out, convolution(read, f"{prefix}.output_proj", dtype))
    for number, stage in enumerate(codec.stages):
        assert isinstance(stage, Stage)
        if stage.upsample is not None:
            block = f"{prefix}.decoder_blocks.{2 * number}"
            weight = transposed(convolution(read, block, dtype), stage.stride)
            stage.upsample.product.weight.copy_(weight)
        for i, layer in enumerate(stage.layers):
            assert isinstance(layer, WindowLayer)
            under = f"{prefix}.decoder_blocks.{2 * number + 1}.layers.{i}"
            _load_layer(read, layer, under)
            layer.query_norm.weight.copy_(read(f"{under}.attention.q_norm.weight"))
            layer.key_norm.weight.copy_(read(f"{under}.attention.k_norm.weight"))
            _scale_rows(layer.attention_out.weight, read(f"{under}.attention_scale"))
            _scale_rows(layer.gate_out.weight, read(f"{under}.ffn_scale"))
    return codec.eval().requires_grad_(False)


def convolution(read: Checkpoint, block: str, dtype: torch.dtype) -> Tensor:
    """A weight [first, second, kernel] from direction and length (Salimans & Kingma, 2016).

    The norm is over all but the first dimension: per output channel, but per input channel of a
    transposed convolution, whose weight is stored the other way round.
    """
    length = read(f"{block}.conv.{NORM}.original0").to(dtype)
    direction = read(f"{block}.conv.{NORM}.original1").to(dtype)
    norm: Tensor = torch.linalg.vector_norm(direction, dim=(1, 2), keepdim=True)
    return direction * (length / norm)


def transposed(weight: Tensor, stride: int) -> Tensor:
    """A transposed convolution [in, out, 2 * stride] as a product [stride * out, in * 2].

    The inputs of the product are each channel's last value and its present one.
    """
    present, last = weight[..., :stride], weight[..., stride:]
    return torch.stack((last, present), 1).permute(3, 2, 0, 1).flatten(2).flatten(0, 1)


def _load_convolution(convolution: CausalConvolution, weight: Tensor) -> None:
    convolution.product.weight.copy_(weight.flatten(1))


def _scale_rows(weight: Tensor, scale: Tensor) -> None:
    weight.mul_(scale.to(weight)[:, None])


def _load_layers(read: Checkpoint, layers: nn.ModuleList, prefix: str) -> None:
    for i, layer in enumerate(layers):
        assert isinstance(layer, TransformerLayer)
        _load_layer(read, layer, f"{prefix}.{i}")


def _load_layer(read: Checkpoint, layer: TransformerLayer, prefix: str) -> None:
    def joined(*names: str) -> Tensor:
        return torch.cat([read(f"{prefix}.{name}.weight") for name in names])

    layer.query_key_value.weight.copy_(joined("attention.wq", "attention.wk", "attention.wv"))
    layer.attention_out.weight.copy_(joined("attention.wo"))
    layer.attention_norm.weight.copy_(joined("attention_norm"))
    layer.gate_norm.weight.copy_(joined("ffn_norm"))
    layer.gate.weight.copy_(joined("feed_forward.w1", "feed_forward.w3"))
    layer.gate_out.weight.copy_(joined("feed_forward.w2"))
