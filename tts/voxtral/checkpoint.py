"""consolidated.safetensors: which tensors it must hold, checked by name and shape before reading.

The names are those of the published file, which has 386 tensors, all of them bfloat16.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor

from tts.voxtral.errors import VoxtralError
from tts.voxtral.params import CodecShape, TransformerShape, VoxtralParams

PADDING = 128
"""Tables of codes are padded to a multiple of so many rows."""
CODES_TABLE = "mm_audio_embeddings.audio_codebook_embeddings.embeddings.weight"
WORDS_TABLE = "mm_audio_embeddings.tok_embeddings.weight"
SEMANTIC_HEAD = "acoustic_transformer.semantic_codebook_output.weight"
NORM = "parametrizations.weight"


@dataclass(frozen=True)
class Expected:
    """The shape of a tensor; with `rows_used` any number of rows from there on will do."""

    shape: tuple[int, ...]
    rows_used: int | None = None

    def admits(self, shape: tuple[int, ...]) -> bool:
        """Whether a tensor of this shape can be used."""
        if self.rows_used is None or len(shape) != len(self.shape):
            return shape == self.shape
        return shape[0] >= self.rows_used and shape[1:] == self.shape[1:]

    def __str__(self) -> str:
        return str(list(self.shape))


def expected_tensors(params: VoxtralParams) -> dict[str, Expected]:
    """Every tensor of the checkpoint by name."""
    text, acoustic = params.text, params.acoustic
    prefix = "acoustic_transformer"
    shapes = {
        **transformer_tensors("layers", text),
        "norm.weight": (text.width,),
        WORDS_TABLE: (params.vocabulary, text.width),
        **transformer_tensors(f"{prefix}.layers", acoustic),
        f"{prefix}.input_projection.weight": (acoustic.width, params.acoustic_books),
        f"{prefix}.time_projection.weight": (acoustic.width, acoustic.width),
        f"{prefix}.llm_projection.weight": (acoustic.width, text.width),
        f"{prefix}.acoustic_codebook_output.weight": (params.acoustic_books, acoustic.width),
        f"{prefix}.norm.weight": (acoustic.width,),
        **codec_tensors(params),
    }
    return {
        **{name: Expected(shape) for name, shape in shapes.items()},
        CODES_TABLE: _padded(params.embedded_codes, text.width),
        SEMANTIC_HEAD: _padded(params.semantic_codes, text.width),
    }


def transformer_tensors(prefix: str, shape: TransformerShape) -> dict[str, tuple[int, ...]]:
    """The nine tensors of every layer of a transformer."""
    inner, keys = shape.heads * shape.head_width, shape.key_heads * shape.head_width
    each = {
        "attention.wq.weight": (inner, shape.width),
        "attention.wk.weight": (keys, shape.width),
        "attention.wv.weight": (keys, shape.width),
        "attention.wo.weight": (shape.width, inner),
        "attention_norm.weight": (shape.width,),
        "ffn_norm.weight": (shape.width,),
        **_feed_forward(shape.width, shape.hidden),
    }
    return {f"{prefix}.{i}.{name}": each[name] for i in range(shape.layers) for name in each}


def codec_tensors(params: VoxtralParams) -> dict[str, tuple[int, ...]]:
    """The tensors of the codec's decoder; its blocks are a convolution and layers, in turn."""
    codec, prefix = params.codec, "audio_tokenizer"
    latent = codec.semantic_width + params.acoustic_books
    tensors = _convolution(f"{prefix}.decoder_blocks.0.conv", codec.width, latent, codec.kernels[0])
    for stage, (layers, kernel) in enumerate(zip(codec.layers, codec.kernels, strict=True)):
        block = f"{prefix}.decoder_blocks.{2 * stage}"
        if stage:
            tensors |= _convolution(f"{block}.conv", codec.width, codec.width, kernel)
        for i in range(layers):
            under = f"{prefix}.decoder_blocks.{2 * stage + 1}.layers.{i}"
            layer = _codec_layer(codec)
            tensors |= {f"{under}.{name}": shape for name, shape in layer.items()}
    output = f"{prefix}.output_proj.conv"
    codebook = f"{prefix}.quantizer.semantic_codebook"
    return {
        **tensors,
        **_convolution(output, codec.patch, codec.width, codec.patch_kernel),
        f"{codebook}.cluster_usage": (params.semantic_size,),
        f"{codebook}.embedding_sum": (params.semantic_size, codec.semantic_width),
    }


def _codec_layer(codec: CodecShape) -> dict[str, tuple[int, ...]]:
    width, inner = codec.width, codec.heads * codec.head_width
    return {
        **{f"attention.{name}.weight": (inner, width) for name in ("wq", "wk", "wv")},
        "attention.wo.weight": (width, inner),
        "attention.q_norm.weight": (inner,),
        "attention.k_norm.weight": (inner,),
        "attention_norm.weight": (width,),
        "ffn_norm.weight": (width,),
        **_feed_forward(width, codec.hidden),
        "attention_scale": (width,),
        "ffn_scale": (width,),
    }


def _feed_forward(width: int, hidden: int) -> dict[str, tuple[int, ...]]:
    return {
        "feed_forward.w1.weight": (hidden, width),
        "feed_forward.w2.weight": (width, hidden),
        "feed_forward.w3.weight": (hidden, width),
    }


def _convolution(prefix: str, first: int, second: int, kernel: int) -> dict[str, tuple[int, ...]]:
    return {
        f"{prefix}.{NORM}.original0": (first, 1, 1),
        f"{prefix}.{NORM}.original1": (first, second, kernel),
    }


def _padded(rows: int, width: int) -> Expected:
    return Expected((-(-rows // PADDING) * PADDING, width), rows_used=rows)


class Checkpoint:
    """An open checkpoint whose names and shapes are as expected; tensors are read one by one."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def __call__(self, name: str) -> Tensor:
        """The tensor of that name as it is stored, on the CPU."""
        tensor: Tensor = self._file.get_tensor(name)
        return tensor


@contextmanager
def open_checkpoint(path: Path, params: VoxtralParams) -> Iterator[Checkpoint]:
    """Open the checkpoint at `path`, and check it before anything is read from it.

    Raises:
        VoxtralError: the file is missing, cut short or no safetensors file, or a tensor is
            missing, unknown or of another shape; it is named with what was expected.
    """
    if not path.is_file():
        raise VoxtralError(f"There is no {path}: `parley models add voxtral` brings the model.")
    try:
        with safe_open(path, "pt") as file:
            shapes = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
            if problems := check(shapes, expected_tensors(params)):
                raise VoxtralError(f"{path} does not fit its params.json: {_told(problems)}.")
            yield Checkpoint(file)
    except SafetensorError as error:
        raise VoxtralError(f"{path} is no whole safetensors file: {error}.") from error


def check(found: Mapping[str, tuple[int, ...]], expected: Mapping[str, Expected]) -> list[str]:
    """What is wrong with the tensors found, one clause each; none when all is well."""
    missing = [name for name in expected if name not in found]
    extra = [name for name in found if name not in expected]
    misshapen = [n for n in expected if n in found and not expected[n].admits(found[n])]
    return [
        *(f"{name} is missing, expected with shape {expected[name]}" for name in missing),
        *(f"{name} is no tensor of this model" for name in extra),
        *(f"{n} has shape {list(found[n])}, expected {expected[n]}" for n in misshapen),
    ]


def _told(problems: list[str], at_most: int = 6) -> str:
    rest = len(problems) - at_most
    return "; ".join(problems[:at_most]) + (f"; and {rest} more" if rest > 0 else "")
