"""Checkpoints of training -> the weights files of the engine.

    python -m tts.training.export --network voice.pt --out tts/weights
    python -m tts.training.export --codec checkpoint.pt --out tts/weights
    python -m tts.training.export --codec codec2.safetensors --out tts/weights --encoder FOLDER

The encoder is needed to train, not to speak: it has a folder of its own.

The sketch that the first training ran (short names, a modulation layer per block) and our own
trainer (names of tts.network) are both read; sizes are taken from the tensors themselves.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from tts.codec import BINS, PITCH_DIMENSIONS, DecoderShape
from tts.network import NetworkShape, VoiceNetwork
from tts.training.encoder import EncoderShape
from tts.weights import packed, write_weights

Tensors = dict[str, Tensor]
Renaming = tuple[tuple[str, str], ...]

TRANSFORMER: Renaming = (
    (r"\.n1\.w$", ".attention_norm.weight"),
    (r"\.qkv\.", ".query_key_value."),
    (r"\.o\.", ".attention_out."),
    (r"\.n2\.w$", ".gate_norm.weight"),
    (r"\.f\.", ".gate."),
    (r"\.f2\.", ".gate_out."),
)
NETWORK: Renaming = (
    (r"^emb\.", "encoder.embedding."),
    (r"^conv\.", "encoder.neighbours."),
    (r"^en\.w$", "encoder.norm.weight"),
    (r"^enc\.", "encoder.layers."),
    (r"^dur\.", "durations.net."),
    (r"^bos$", "backbone.first_latent"),
    (r"^zin\.", "backbone.latent_in."),
    (r"^cin\.", "backbone.condition_in."),
    (r"^dn\.w$", "backbone.norm.weight"),
    (r"^dec\.", "backbone.layers."),
    (r"^fm\.i\.", "flow.latent_in."),
    (r"^fm\.c\.", "flow.condition_in."),
    (r"^fm\.t\.", "flow.time_in."),
    (r"^fm\.l\.(\d+)\.a\.", r"flow.blocks.\1.expand."),
    (r"^fm\.l\.(\d+)\.b\.", r"flow.blocks.\1.project."),
    (r"^fm\.o\.", "flow.latent_out."),
)
CONVNEXT: Renaming = (
    (r"\.dw\.", ".depthwise."),
    (r"\.n\.(weight|bias)$", r".norm.\1"),
    (r"\.a\.", ".expand."),
    (r"\.b\.", ".project."),
    (r"\.g$", ".scale"),
)
DECODER: Renaming = (
    (r"^p0\.", "latent_in."),
    (r"^l0\.", "latent_blocks."),
    (r"^up\.", "upsample."),
    (r"^l1\.", "frame_blocks."),
    (r"^nf\.", "norm."),
    (r"^head\.", "filters."),
)
ENCODER: Renaming = (
    (r"^inp\.", "features_in."),
    (r"^e1\.", "frame_blocks."),
    (r"^d1\.", "downsample."),
    (r"^e2\.", "latent_blocks."),
    (r"^out\.", "latent_out."),
)


def rename(tensors: Tensors, *renamings: Renaming) -> Tensors:
    """Tensors under new names: every pattern that fits is applied, in order."""
    renamed = {}
    for name, tensor in tensors.items():
        for renaming in renamings:
            for pattern, replacement in renaming:
                name = re.sub(pattern, replacement, name)
        renamed[name] = tensor
    return renamed


def count(tensors: Tensors, pattern: str) -> int:
    """How many layers a pattern with one numbered group names."""
    found = (re.match(pattern, name) for name in tensors)
    return len({match.group(1) for match in found if match})


def network_from_sketch(sketch: Tensors) -> Tensors:
    """The sketch's network under our names, the modulations of all blocks as one layer."""
    layers = count(sketch, r"fm\.l\.(\d+)\.")
    modulations = [f"fm.l.{i}.ad" for i in range(layers)] + ["fm.fa"]
    kept = {n: t for n, t in sketch.items() if not re.search(r"\.(ad|fa)\.", n)}
    network = rename(kept, NETWORK, TRANSFORMER)
    for part in ("weight", "bias"):
        network[f"flow.modulation.{part}"] = torch.cat([sketch[f"{m}.{part}"] for m in modulations])
    return network


def network_shape(tensors: Tensors) -> NetworkShape:
    """The sizes that tensors of a network imply; heads are 64 channels wide throughout."""
    symbols, text_width = tensors["encoder.embedding.weight"].shape
    width, latent = tensors["backbone.latent_in.weight"].shape
    return NetworkShape(
        symbols=symbols,
        latent=latent,
        text_width=text_width,
        text_heads=text_width // 64,
        text_layers=count(tensors, r"encoder\.layers\.(\d+)\."),
        width=width,
        heads=width // 64,
        layers=count(tensors, r"backbone\.layers\.(\d+)\."),
        flow_width=tensors["flow.latent_in.weight"].shape[0],
        flow_layers=count(tensors, r"flow\.blocks\.(\d+)\."),
    )


def export_network(checkpoint: Path, out: Path) -> None:
    """Averaged weights of a training checkpoint -> OUT/voice.safetensors."""
    state: dict[str, Any] = torch.load(checkpoint, map_location="cpu", weights_only=True)
    tensors = dict(state["ema"])
    if "emb.weight" in tensors:
        tensors = network_from_sketch(tensors)
        tensors["latent_mean"], tensors["latent_spread"] = state["mu"], state["sd"]
    shape = network_shape(tensors)
    VoiceNetwork(shape).load_state_dict(tensors)
    about = f"Parley's voice: text to latents, after {state['step']} training steps"
    write_weights(out / "voice.safetensors", tensors, shape, about)


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
    assert tensors["filters.weight"].shape[0] == 4 * BINS + 1
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


def export_sketch(sketch: Path, out: Path, encoder_out: Path) -> None:
    """The second sketch's codec -> OUT/codec.safetensors and ENCODER_OUT/encoder.safetensors."""
    tensors = load_file(sketch)
    decoder_names = tuple(pattern.strip("^\\.") for pattern, _ in DECODER)
    encoder_names = tuple(pattern.strip("^\\.") for pattern, _ in ENCODER)
    parts = {n: t for n, t in tensors.items() if n.split(".")[0] in decoder_names}
    decoder = rename(parts, CONVNEXT, DECODER)
    parts = {n: t for n, t in tensors.items() if n.split(".")[0] in encoder_names}
    encoder = rename(parts, CONVNEXT, ENCODER)
    about = "Parley's codec: harmonic-plus-noise"
    write_weights(out / "codec.safetensors", decoder, decoder_shape(decoder), f"{about} decoder")
    path = encoder_out / "encoder.safetensors"
    write_weights(path, packed(encoder), encoder_shape(encoder), f"{about} encoder")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Write the engine's weights files.")
    parser.add_argument("--network", type=Path, help="checkpoint of the network's training")
    parser.add_argument(
        "--codec", type=Path, help="checkpoint of the codec's training, or the sketch (safetensors)"
    )
    parser.add_argument("--encoder", type=Path, help="folder for the sketch's encoder (else --out)")
    parser.add_argument("--out", type=Path, required=True, help="folder for the weights")
    arguments = parser.parse_args()
    if arguments.network:
        export_network(arguments.network, arguments.out)
    if arguments.codec:
        if arguments.codec.suffix == ".safetensors":
            export_sketch(arguments.codec, arguments.out, arguments.encoder or arguments.out)
        else:
            export_checkpoint(arguments.codec, arguments.out)
    for path in sorted(arguments.out.glob("*.safetensors")):
        print(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
