"""The codec's decoder: frames of 37 codes -> 1920 samples each at 24 kHz, with explicit state.

Causal convolutions and sliding-window transformer layers with linear biases (ALiBi, Press et al.,
2022), at 12.5, 25, 50 and 100 steps a second. Everything is [batch, time, channels]; a convolution
is one product of the steps in its window. Any number of frames at a time gives the same samples.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tts.layers import KeyValues, Product, RMSNorm, TransformerLayer, through
from tts.voxtral.params import SPECIAL_CODES, CodecShape, VoxtralParams


@dataclass(frozen=True)
class CodecState:
    """What the decoder carries from frame to frame, batch first.

    `age` [b]: frames decoded so far; at 0 nothing else is looked at. `latents`, `outputs`: last
    inputs of the first and the last convolution. `inputs`: last input of each upsampling.
    `memories`: keys and values of each layer's window.
    """

    age: Tensor
    latents: Tensor
    memories: tuple[KeyValues, ...]
    inputs: tuple[Tensor, ...]
    outputs: Tensor

    @classmethod
    def joined(cls, states: Sequence[CodecState]) -> CodecState:
        """The states of several streams as those of one batch."""
        return cls(
            torch.cat([state.age for state in states]),
            torch.cat([state.latents for state in states]),
            tuple(
                KeyValues(torch.cat([m.keys for m in each]), torch.cat([m.values for m in each]))
                for each in zip(*(state.memories for state in states), strict=True)
            ),
            tuple(torch.cat(each) for each in zip(*(s.inputs for s in states), strict=True)),
            torch.cat([state.outputs for state in states]),
        )

    def row(self, i: int) -> CodecState:
        """The state of one stream of the batch."""
        one = slice(i, i + 1)
        return CodecState(
            self.age[one],
            self.latents[one],
            tuple(KeyValues(m.keys[one], m.values[one]) for m in self.memories),
            tuple(x[one] for x in self.inputs),
            self.outputs[one],
        )


class WindowLayer(TransformerLayer):
    """A transformer layer whose queries and keys are normalised, over all heads at once."""

    def __init__(self, shape: CodecShape) -> None:
        super().__init__(
            shape.width,
            shape.heads,
            head_width=shape.head_width,
            hidden=shape.hidden,
            eps=shape.eps,
        )
        inner = shape.heads * shape.head_width
        self.query_norm = RMSNorm(inner, shape.query_key_eps)
        self.key_norm = RMSNorm(inner, shape.query_key_eps)

    def placed(self, queries_keys: Tensor, rotation: Tensor | None) -> Tensor:
        """Queries and keys [batch, 2 * heads, time, channels], normalised."""
        queries, keys = queries_keys.transpose(1, 2).flatten(2).chunk(2, -1)
        normed = torch.cat((self.query_norm(queries), self.key_norm(keys)), -1)
        return normed.view(*normed.shape[:2], -1, self.head_width).transpose(1, 2)


class CausalConvolution(nn.Module):
    """A convolution over the steps before and the step itself; the past is given."""

    def __init__(self, width: int, outputs: int, kernel: int) -> None:
        super().__init__()
        self.kernel = kernel
        self.product = Product(width * kernel, outputs)

    def forward(self, x: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:
        """x [b, time, width], past [b, kernel - 1, width] -> [b, time, outputs], next past."""
        seen = torch.cat((past, x), 1)
        return self.product(seen.unfold(1, self.kernel, 1).flatten(2)), seen[:, 1 - self.kernel :]


class Stage(nn.Module):
    """Transformer layers at one rate, after an upsampling to it (none at the first)."""

    def __init__(self, shape: CodecShape, number: int) -> None:
        super().__init__()
        self.stride = shape.strides[number]
        self.rate = math.prod(shape.strides[: number + 1])
        self.window = shape.windows[number]
        self.upsample = (
            CausalConvolution(shape.width, self.stride * shape.width, 2) if number else None
        )
        self.layers = nn.ModuleList(WindowLayer(shape) for _ in range(shape.layers[number]))
        self.heads = shape.heads

    def mask(self, age: Tensor, time: int, dtype: torch.dtype) -> Tensor:
        """What is added to the attention's logits: [b, heads, time, window + time].

        A step sees itself and `window` before it, those from before the stream's start excepted.
        """
        steps = torch.arange(-self.window, time, device=age.device)
        distance = steps - torch.arange(time, device=age.device)[:, None]
        slopes = alibi_slopes(self.heads).to(age.device, dtype)[:, None, None]
        seen = (distance <= 0) & (distance >= -self.window)
        began = steps >= -self.rate * age[:, None, None, None]
        return (slopes * distance).masked_fill(~(seen & began), -math.inf)

    def forward(
        self, x: Tensor, age: Tensor, memories: tuple[KeyValues, ...], last: Tensor | None
    ) -> tuple[Tensor, tuple[KeyValues, ...], Tensor | None]:
        """x [b, time, width] at the rate below -> at this one, memories, last input."""
        if self.upsample is not None and last is not None:
            last = torch.where(age[:, None, None] == 0, 0, last)
            x, last = self.upsample(x, last)
            x = x.reshape(len(x), self.stride * x.shape[1], -1)
        mask = self.mask(age, x.shape[1], x.dtype)
        x, memories = through(self.layers, x, None, mask, memories)
        return x, tuple(memory.last(self.window) for memory in memories), last


class CodecDecoder(nn.Module):
    """Codes -> samples; `forward` takes any number of frames and the state before them."""

    def __init__(self, params: VoxtralParams) -> None:
        super().__init__()
        shape = params.codec
        self.shape = shape
        self.levels = params.acoustic_size
        self.codebook = nn.Parameter(torch.empty(params.semantic_size, shape.semantic_width))
        latent = shape.semantic_width + params.acoustic_books
        self.latent_in = CausalConvolution(latent, shape.width, shape.kernels[0])
        self.stages = nn.ModuleList(Stage(shape, i) for i in range(len(shape.layers)))
        self.samples_out = CausalConvolution(shape.width, shape.patch, shape.patch_kernel)

    def start(self, batch: int = 1) -> CodecState:
        """State of streams that begin."""
        shape, zeros = self.shape, self.codebook.new_zeros
        latent = self.latent_in.product.weight.shape[1] // shape.kernels[0]
        heads = (batch, shape.heads)
        return CodecState(
            age=zeros(batch, dtype=torch.int64),
            latents=zeros(batch, shape.kernels[0] - 1, latent),
            memories=tuple(
                KeyValues(*(zeros(*heads, window, shape.head_width) for _ in range(2)))
                for window, layers in zip(shape.windows, shape.layers, strict=True)
                for _ in range(layers)
            ),
            inputs=tuple(zeros(batch, 1, shape.width) for _ in shape.strides[1:]),
            outputs=zeros(batch, shape.patch_kernel - 1, shape.width),
        )

    def latents(self, codes: Tensor) -> Tensor:
        """Codes [b, time, 37] as the network makes them -> [b, time, 292]."""
        values = codes - SPECIAL_CODES
        semantic = self.codebook[values[..., 0]]
        acoustic = values[..., 1:].to(semantic.dtype) * 2 / (self.levels - 1) - 1
        return torch.cat((semantic, acoustic), -1)

    def forward(self, codes: Tensor, state: CodecState) -> tuple[Tensor, CodecState]:
        """Codes [b, time, 37] -> samples [b, time * 1920], and the state after them."""
        latents = self.latents(codes)
        is_new = state.age[:, None, None] == 0
        # Before its start a stream is taken to have been as it begins.
        past = torch.where(is_new, latents[:, :1], state.latents)
        x, past_latents = self.latent_in(latents, past)
        memories: list[KeyValues] = []
        inputs: list[Tensor] = []
        before = iter(state.memories)
        for stage, last in zip(self.stages, (None, *state.inputs), strict=True):
            assert isinstance(stage, Stage)
            mine = tuple(next(before) for _ in stage.layers)
            x, after, last = stage(x, state.age, mine, last)
            memories.extend(after)
            if last is not None:
                inputs.append(last)
        mirrored = x[:, 1 : self.shape.patch_kernel].flip(1)
        samples, outputs = self.samples_out(x, torch.where(is_new, mirrored, state.outputs))
        age = state.age + codes.shape[1]
        return samples.flatten(1), CodecState(
            age, past_latents, tuple(memories), tuple(inputs), outputs
        )


def alibi_slopes(heads: int) -> Tensor:
    """The linear bias of each head per step of distance: 1, 1/2, ..., 1/128 for eight heads."""
    return 2.0 ** (-8 / heads * torch.arange(heads, dtype=torch.float64))
