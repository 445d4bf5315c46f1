"""Who speaks: a vector the network is given and, for an adapted voice, low-rank changes to it.

Files in `weights/voices`, one a speaker. Low-rank changes after Hu et al., LoRA (2021).
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from tts.network import VoiceNetwork
from tts.weights import LICENCE, WeightsError

ENDING = ".safetensors"


@dataclass(frozen=True)
class Speaker:
    """A speaker of the network.

    `vector` [speaker_width]. `changes`: for the names of linear layers, a pair [out, rank] and
    [rank, in] whose product is added to the layer's weight.
    """

    vector: Tensor
    changes: Mapping[str, tuple[Tensor, Tensor]] = field(default_factory=dict)


def names(folder: Path) -> list[str]:
    """The speakers that a folder of voices holds."""
    return sorted(path.stem for path in folder.glob(f"*{ENDING}"))


def find(voice: str, folder: Path) -> Path:
    """The file of a speaker: a name in the folder, or a path (anything with a / or the ending).

    Raises:
        WeightsError: there is no such speaker; the message lists those there are.
    """
    path = Path(voice) if "/" in voice or voice.endswith(ENDING) else folder / f"{voice}{ENDING}"
    if path.is_file():
        return path
    known = ", ".join(names(folder)) or "none"
    raise WeightsError(
        f'There is no voice "{voice}": choose one of {known}, or name the file of an adapted one.'
    )


def write_speaker(path: Path, speaker: Speaker, about: str) -> None:
    """Write a speaker in float16."""
    tensors = {"vector": speaker.vector}
    for layer, (out, into) in speaker.changes.items():
        tensors |= {f"{layer}.out": out, f"{layer}.in": into}
    path.parent.mkdir(parents=True, exist_ok=True)
    half = {name: tensor.detach().half().contiguous() for name, tensor in tensors.items()}
    metadata = {"layers": json.dumps(list(speaker.changes)), "licence": LICENCE, "about": about}
    save_file(half, path, metadata)


def read_speaker(path: Path) -> Speaker:
    """A speaker from its file, in float32.

    Raises:
        WeightsError: the file is no speaker's.
    """
    try:
        with safe_open(path, "pt") as file:
            layers = json.loads((file.metadata() or {})["layers"])
            tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118
        changes = {layer: (tensors[f"{layer}.out"], tensors[f"{layer}.in"]) for layer in layers}
        return Speaker(tensors["vector"], changes)
    except (SafetensorError, KeyError, TypeError, ValueError, OSError) as error:
        raise WeightsError(f"{path} does not hold a voice of this network: {error}") from error


def as_spoken_by(network: VoiceNetwork, speaker: Speaker) -> VoiceNetwork:
    """The network with a speaker's changes made; the same one when there are none.

    Raises:
        WeightsError: the speaker was made for another network.
    """
    if len(speaker.vector) != network.speaker_width:
        raise WeightsError("This voice was adapted from another network: adapt it again.")
    if not speaker.changes:
        return network
    changed = copy.deepcopy(network)
    try:
        with torch.no_grad():
            for layer, (out, into) in speaker.changes.items():
                changed.get_submodule(layer).get_parameter("weight").add_(out @ into)
    except (AttributeError, RuntimeError) as error:
        raise WeightsError(
            "This voice was adapted from another network: adapt it again."
        ) from error
    return changed
