"""A checkpoint of the codec's training -> the weights files of the engine.

Sizes are taken from the tensors themselves.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from tts.codec import PITCH_DIMENSIONS, PREDICTED, DecoderShape
from tts.training.encoder import EncoderShape
from tts.weights import packed, write_weights

Tensors = dict[str, Tensor]


def export_checkpoint(checkpoint: Path, out: Path) -> None:
    """Averaged weights of the codec's training -> OUT/codec.safetensors, and its encoder if any."""
    state: dict[str, Any] = torch.load(checkpoint, map_location="cpu", weights_only=True)
    about = f"Parley's codec, after {state['step']} training steps: harmonic-plus-noise"
    decoder = below("decoder.", state["average"])
    write_weights(out / "codec.safetensors", decoder, decoder_shape(decoder), f"{about} decoder")
    encoder = below("latents.encoder.", state["average"])
    if encoder:
        path = out / "encoder.safetensors"
        write_weights(path, packed(encoder), encoder_shape(encoder), f"{about} encoder")


def below(prefix: str, tensors: Tensors) -> Tensors:
    """The tensors of one part of a network, under that part's own names."""
    return {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}


def decoder_shape(tensors: Tensors) -> DecoderShape:
    """The sizes that tensors of a decoder imply."""
    assert tensors["filters.weight"].shape[0] == sum(PREDICTED)
    latent_width, latent = tensors["latent_in.weight"].shape
    return DecoderShape(
        latent=latent - PITCH_DIMENSIONS,
        latent_width=latent_width,
        latent_layers=count(tensors, r"latent_blocks\.(\d+)\."),
        frame_width=tensors["norm.weight"].shape[0],
        frame_layers=count(tensors, r"frame_blocks\.(\d+)\."),
    )


def encoder_shape(tensors: Tensors) -> EncoderShape:
    """The sizes that tensors of an encoder imply."""
    return EncoderShape(
        latent=tensors["latent_out.weight"].shape[0],
        width=tensors["features_in.weight"].shape[0],
        frame_layers=count(tensors, r"frame_blocks\.(\d+)\."),
        latent_layers=count(tensors, r"latent_blocks\.(\d+)\."),
    )


def count(tensors: Tensors, pattern: str) -> int:
    """How many layers a pattern with one numbered group names."""
    found = (re.match(pattern, name) for name in tensors)
    return len({match.group(1) for match in found if match})
