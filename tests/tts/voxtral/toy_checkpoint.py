"""A toy model on disk: the published topology, names and files, with every dimension small."""

from __future__ import annotations

import copy
import json
import math
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

PARAMS: dict[str, Any] = {
    "dim": 32, "n_layers": 26, "head_dim": 8, "hidden_dim": 48, "n_heads": 8, "n_kv_heads": 2,
    "use_biases": False, "causal": True, "rope_theta": 1e6, "norm_eps": 1e-5, "vocab_size": 400,
    "tied_embeddings": True, "model_type": "voxtral_tts",
    "multimodal": {
        "bos_token_id": 1,
        "audio_model_args": {
            "semantic_codebook_size": 60, "acoustic_codebook_size": 21, "n_acoustic_codebook": 36,
            "audio_token_id": 24, "begin_audio_token_id": 25, "input_embedding_concat_type": "sum",
            "acoustic_transformer_args": {
                "input_dim": 32, "dim": 32, "n_layers": 3, "head_dim": 8, "hidden_dim": 48,
                "n_heads": 8, "n_kv_heads": 2, "use_biases": False, "rope_theta": 1e4,
                "sigma": 1e-5, "sigma_max": 1.0,
            },
        },
        "audio_tokenizer_args": {
            "channels": 1, "sampling_rate": 24000, "pretransform_patch_size": 240,
            "patch_proj_kernel_size": 7, "semantic_codebook_size": 60, "semantic_dim": 16,
            "acoustic_codebook_size": 21, "acoustic_dim": 36, "conv_weight_norm": True,
            "causal": True, "attn_sliding_window_size": 16,
            "half_attn_window_upon_downsampling": True, "dim": 32, "hidden_dim": 48,
            "head_dim": 4, "n_heads": 8, "n_kv_heads": 8, "qk_norm": True, "qk_norm_eps": 1e-6,
            "use_biases": False, "norm_eps": 0.01, "layer_scale": True, "layer_scale_init": 0.01,
            "decoder_transformer_lengths_str": "2,2,2,2",
            "decoder_convs_kernels_str": "3,4,4,4", "decoder_convs_strides_str": "1,2,2,2",
            "voice": {"casual_male": 0, "fr_female": 1},
        },
    },
}  # fmt: skip
VOICES = {"casual_male": 11, "fr_female": 7}
"""Rows of each toy voice."""


def toy_params() -> dict[str, Any]:
    """A params.json of one's own to change."""
    return copy.deepcopy(PARAMS)


def shapes() -> dict[str, tuple[int, ...]]:
    """The 386 names of section 6 of the reference document, with the toy's shapes."""
    dim, inner, keys, hidden, wide, books, patch, semantic = 32, 64, 16, 48, 32, 36, 240, 60
    layer = {
        "attention.wq": (inner, dim), "attention.wk": (keys, dim), "attention.wv": (keys, dim),
        "attention.wo": (dim, inner), "attention_norm": (dim,), "ffn_norm": (dim,),
        "feed_forward.w1": (hidden, dim), "feed_forward.w2": (dim, hidden),
        "feed_forward.w3": (hidden, dim),
    }  # fmt: skip
    names: dict[str, tuple[int, ...]] = {"norm.weight": (dim,)}
    for prefix, count in (("layers", 26), ("acoustic_transformer.layers", 3)):
        for i in range(count):
            names |= {f"{prefix}.{i}.{name}.weight": shape for name, shape in layer.items()}
    names["mm_audio_embeddings.tok_embeddings.weight"] = (400, dim)
    # 62 semantic and 36 * 23 acoustic codes, padded to a multiple of 128.
    names["mm_audio_embeddings.audio_codebook_embeddings.embeddings.weight"] = (896, dim)
    for name, shape in {
        "input_projection": (dim, books), "time_projection": (dim, dim),
        "llm_projection": (dim, dim), "semantic_codebook_output": (128, dim),
        "acoustic_codebook_output": (books, dim), "norm": (dim,),
    }.items():  # fmt: skip
        names[f"acoustic_transformer.{name}.weight"] = shape
    codec = "audio_tokenizer"
    weight = "conv.parametrizations.weight"
    for block, first, second, kernel in (
        ("decoder_blocks.0", wide, 16 + books, 3), ("decoder_blocks.2", wide, wide, 4),
        ("decoder_blocks.4", wide, wide, 4), ("decoder_blocks.6", wide, wide, 4),
        ("output_proj", patch, wide, 7),
    ):  # fmt: skip
        names[f"{codec}.{block}.{weight}.original0"] = (first, 1, 1)
        names[f"{codec}.{block}.{weight}.original1"] = (first, second, kernel)
    for block in (1, 3, 5, 7):
        for i in (0, 1):
            under = f"{codec}.decoder_blocks.{block}.layers.{i}"
            for name in ("wq", "wk", "wv", "wo"):
                names[f"{under}.attention.{name}.weight"] = (wide, wide)
            for name in ("attention.q_norm", "attention.k_norm", "attention_norm", "ffn_norm"):
                names[f"{under}.{name}.weight"] = (wide,)
            names[f"{under}.feed_forward.w1.weight"] = (hidden, wide)
            names[f"{under}.feed_forward.w2.weight"] = (wide, hidden)
            names[f"{under}.feed_forward.w3.weight"] = (hidden, wide)
            names[f"{under}.attention_scale"] = names[f"{under}.ffn_scale"] = (wide,)
    names[f"{codec}.quantizer.semantic_codebook.cluster_usage"] = (semantic,)
    names[f"{codec}.quantizer.semantic_codebook.embedding_sum"] = (semantic, 16)
    return names


def toy_tensors(seed: int = 0) -> dict[str, Tensor]:
    """Random bfloat16 weights in which every part can be heard."""
    random = torch.Generator().manual_seed(seed)
    tensors = {}
    for name, shape in shapes().items():
        noise = torch.randn(shape, generator=random)
        if name.endswith("cluster_usage"):
            noise = noise.abs() + 0.5
            noise[3] = 0.0
        elif name.endswith("original0") or len(shape) == 1:
            noise = 1 + 0.3 * noise
        elif "embedding" not in name and not name.endswith("original1"):
            noise = noise / math.sqrt(math.prod(shape[1:]))
        tensors[name] = noise.bfloat16()
    # So that sentences end by themselves, after a dozen frames or so.
    tensors["acoustic_transformer.semantic_codebook_output.weight"][1] *= 4
    # The zero usage is clamped, so that its sum is divided by a hundred-thousandth.
    tensors["audio_tokenizer.quantizer.semantic_codebook.embedding_sum"][3] *= 1e-5
    return tensors


def write_toy(folder: Path, tensors: dict[str, Tensor] | None = None, seed: int = 0) -> Path:
    """A whole model folder but for tekken.json."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "params.json").write_text(json.dumps(PARAMS))
    save_file(tensors or toy_tensors(seed), folder / "consolidated.safetensors")
    (folder / "voice_embedding").mkdir(exist_ok=True)
    random = torch.Generator().manual_seed(1)
    for name, rows in VOICES.items():
        voice = torch.randn(rows, PARAMS["dim"], generator=random).bfloat16()
        torch.save(voice, folder / "voice_embedding" / f"{name}.pt")
    return folder


class Letters:
    """A tokenizer of bytes in tekken's place: the toy's vocabulary has room for no more."""

    def encode(self, text: str) -> list[int]:
        return [100 + byte for byte in text.encode()]
