"""params.json as values: every dimension of the model; the defaults are the published ones."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tts.codec import SAMPLE_RATE
from tts.voxtral.errors import VoxtralError

EMPTY, END = 0, 1
"""Codes of every codebook that are no sound; the sound's own start after them."""
SPECIAL_CODES = 2


@dataclass(frozen=True)
class TransformerShape:
    """Sizes of a transformer: the language model, or the flow-matching one."""

    width: int = 3072
    layers: int = 26
    heads: int = 32
    key_heads: int = 8
    head_width: int = 128
    hidden: int = 9216
    eps: float = 1e-5


@dataclass(frozen=True)
class CodecShape:
    """Sizes of the codec's decoder; `layers`, `kernels` and `strides` have one entry a stage."""

    width: int = 1024
    hidden: int = 4096
    heads: int = 8
    head_width: int = 128
    semantic_width: int = 256
    layers: tuple[int, ...] = (2, 2, 2, 2)
    kernels: tuple[int, ...] = (3, 4, 4, 4)
    strides: tuple[int, ...] = (1, 2, 2, 2)
    window: int = 16
    patch: int = 240
    patch_kernel: int = 7
    eps: float = 1e-2
    query_key_eps: float = 1e-6

    @property
    def steps_per_frame(self) -> int:
        """Steps of the last stage in one frame; each becomes `patch` samples."""
        return math.prod(self.strides)

    @property
    def windows(self) -> tuple[int, ...]:
        """Steps that each stage looks back: all of `window` at the highest rate, less below."""
        windows = [self.window]
        for stride in reversed(self.strides[1:]):
            windows.append(windows[-1] // stride)
        return tuple(reversed(windows))


@dataclass(frozen=True)
class VoxtralParams:
    """The whole model."""

    text: TransformerShape = TransformerShape()
    acoustic: TransformerShape = TransformerShape(layers=3)
    codec: CodecShape = CodecShape()
    vocabulary: int = 131_072
    rotary_base: float = 1e6
    semantic_size: int = 8192
    acoustic_size: int = 21
    acoustic_books: int = 36
    flow_steps: int = 7
    bos_id: int = 1
    audio_id: int = 24
    begin_audio_id: int = 25

    @property
    def codebooks(self) -> int:
        """Codes of a frame: one semantic, then the acoustic ones."""
        return 1 + self.acoustic_books

    @property
    def semantic_codes(self) -> int:
        """Codes that the semantic head may give, the special ones included."""
        return self.semantic_size + SPECIAL_CODES

    @property
    def code_offsets(self) -> tuple[int, ...]:
        """Row of each codebook's code 0 in the one table of all of them."""
        first, each = self.semantic_codes, self.acoustic_size + SPECIAL_CODES
        return (0, *(first + each * book for book in range(self.acoustic_books)))

    @property
    def embedded_codes(self) -> int:
        """Rows of that table that are used."""
        return self.code_offsets[-1] + self.acoustic_size + SPECIAL_CODES


class Fields:
    """A table of params.json that names what it lacks."""

    def __init__(self, values: Any, path: str) -> None:
        if not isinstance(values, Mapping):
            raise VoxtralError(f"{path} must be a table.")
        self._values = values
        self._path = path

    def table(self, key: str) -> Fields:
        """A table inside it."""
        return Fields(self._value(key, None), f"{self._path} > {key}")

    def whole(self, key: str, default: int | None = None) -> int:
        """A whole number above 0; without a default it must be there."""
        value = self._value(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
            raise VoxtralError(f"{self._path} > {key} is {value!r}, not a whole number above 0.")
        return value

    def real(self, key: str, default: float | None = None) -> float:
        """A number above 0; without a default it must be there."""
        value = self._value(key, default)
        if not isinstance(value, int | float) or isinstance(value, bool) or value <= 0:
            raise VoxtralError(f"{self._path} > {key} is {value!r}, not a number above 0.")
        return float(value)

    def wholes(self, key: str) -> tuple[int, ...]:
        """Whole numbers above 0 in a text, with commas between them."""
        value = self._value(key, None)
        parts = [part.strip() for part in str(value).split(",")]
        if not all(part.isdecimal() and int(part) > 0 for part in parts):
            raise VoxtralError(f"{self._path} > {key} is {value!r}, not numbers as in 1,2,2,2.")
        return tuple(map(int, parts))

    def require(self, key: str, expected: Any) -> None:
        """This engine knows the model only with this value."""
        value = self._value(key, expected)
        if value != expected:
            raise VoxtralError(f"{self._path} > {key} is {value!r}; only {expected!r} is known.")

    def _value(self, key: str, default: Any) -> Any:
        value = self._values.get(key, default)
        if value is None:
            raise VoxtralError(f"{self._path} > {key} is missing.")
        return value


def read_params(path: Path) -> VoxtralParams:
    """The params.json at `path`.

    Raises:
        VoxtralError: it is missing, is no JSON, lacks a value or has one that is not known.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise VoxtralError(
            f"There is no {path}: the folder of the model holds params.json, "
            "consolidated.safetensors, tekken.json and voice_embedding/."
        ) from None
    except (OSError, ValueError) as error:
        raise VoxtralError(f"{path} cannot be read: {error}.") from error
    return params_of(Fields(document, str(path)))


def params_of(document: Fields) -> VoxtralParams:
    """The values of a params.json; those it may leave out are as in the reference."""
    multimodal = document.table("multimodal")
    audio = multimodal.table("audio_model_args")
    acoustic = audio.table("acoustic_transformer_args")
    codec = multimodal.table("audio_tokenizer_args")
    document.require("use_biases", False)
    document.require("tied_embeddings", True)
    acoustic.require("use_biases", False)
    audio.require("input_embedding_concat_type", "sum")
    params = VoxtralParams(
        text=_transformer(document),
        acoustic=_transformer(acoustic),
        codec=_codec(codec),
        vocabulary=document.whole("vocab_size"),
        rotary_base=document.real("rope_theta"),
        semantic_size=audio.whole("semantic_codebook_size"),
        acoustic_size=audio.whole("acoustic_codebook_size"),
        acoustic_books=audio.whole("n_acoustic_codebook"),
        flow_steps=acoustic.whole("n_decoding_steps", 7),
        bos_id=multimodal.whole("bos_token_id"),
        audio_id=audio.whole("audio_token_id"),
        begin_audio_id=audio.whole("begin_audio_token_id"),
    )
    codec.require("semantic_codebook_size", params.semantic_size)
    codec.require("acoustic_codebook_size", params.acoustic_size)
    codec.require("acoustic_dim", params.acoustic_books)
    acoustic.require("input_dim", params.text.width)
    return params


def _transformer(fields: Fields) -> TransformerShape:
    return TransformerShape(
        width=fields.whole("dim"),
        layers=fields.whole("n_layers"),
        heads=fields.whole("n_heads"),
        key_heads=fields.whole("n_kv_heads"),
        head_width=fields.whole("head_dim"),
        hidden=fields.whole("hidden_dim"),
        eps=fields.real("norm_eps", 1e-5),
    )


def _codec(fields: Fields) -> CodecShape:
    for key, expected in (
        ("channels", 1),
        ("causal", True),
        ("conv_weight_norm", True),
        ("qk_norm", True),
        ("layer_scale", True),
        ("use_biases", False),
        ("half_attn_window_upon_downsampling", True),
        ("sampling_rate", SAMPLE_RATE),
        ("n_kv_heads", fields.whole("n_heads")),
    ):
        fields.require(key, expected)
    shape = CodecShape(
        width=fields.whole("dim"),
        hidden=fields.whole("hidden_dim"),
        heads=fields.whole("n_heads"),
        head_width=fields.whole("head_dim"),
        semantic_width=fields.whole("semantic_dim"),
        layers=fields.wholes("decoder_transformer_lengths_str"),
        kernels=fields.wholes("decoder_convs_kernels_str"),
        strides=fields.wholes("decoder_convs_strides_str"),
        window=fields.whole("attn_sliding_window_size"),
        patch=fields.whole("pretransform_patch_size"),
        patch_kernel=fields.whole("patch_proj_kernel_size"),
        eps=fields.real("norm_eps"),
        query_key_eps=fields.real("qk_norm_eps"),
    )
    stages = {len(shape.layers), len(shape.kernels), len(shape.strides)}
    upsampled = all(k == 2 * s for k, s in zip(shape.kernels[1:], shape.strides[1:], strict=False))
    known = len(stages) == 1 and shape.strides[0] == 1 and upsampled
    if not known or shape.steps_per_frame < shape.patch_kernel:
        raise VoxtralError(
            "The codec's decoder_* texts in params.json do not describe stages of a known kind: "
            f"layers {shape.layers}, kernels {shape.kernels}, strides {shape.strides}."
        )
    return shape
