"""The mean of several trainings' weights: clearer than each of them (Wortsman et al., 2022).

python -m tts.training.average OUT 0.5 FOLDER 0.5 FOLDER ...

The folders hold trainings that began with the same weights; gain and codec are the first one's.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from tts.network import NetworkShape, VoiceNetwork
from tts.speaker import Speaker, find, names, read_speaker, write_speaker
from tts.weights import read_network, write_weights


def mean(tensors: Sequence[Mapping[str, Tensor]], shares: Sequence[float]) -> dict[str, Tensor]:
    """Weighted means of tensors of the same names and shapes; the shares need not sum to 1."""
    total = sum(shares)
    return {
        name: torch.stack(
            [each[name].double() * share for each, share in zip(tensors, shares, strict=True)]
        )
        .sum(0)
        .div(total)
        .to(first.dtype)
        for name, first in tensors[0].items()
    }


def average(folders: Sequence[Path], shares: Sequence[float], out: Path) -> None:
    """Write the mean of the folders' networks, and of the speakers that all of them know.

    Raises:
        WeightsError: weights are missing or broken.
    """
    networks = [
        read_network(folder / "voice.safetensors", NetworkShape, VoiceNetwork) for folder in folders
    ]
    shutil.copytree(folders[0], out, dirs_exist_ok=True, ignore=shutil.ignore_patterns("voices"))
    state = mean([network.state_dict() for network in networks], shares)
    about = f"Parley's voice: text to latents, the mean of {len(folders)} trainings"
    write_weights(out / "voice.safetensors", state, networks[0].shape, about)
    for name in sorted(set.intersection(*(set(names(folder / "voices")) for folder in folders))):
        files = [find(name, folder / "voices") for folder in folders]
        vectors = [{"vector": read_speaker(file).vector} for file in files]
        speaker = Speaker(mean(vectors, shares)["vector"])
        write_speaker(out / "voices" / files[0].name, speaker, f"voice {name}")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Average the weights of several trainings.")
    parser.add_argument("out", type=Path, help="folder for the mean")
    parser.add_argument("shares", nargs="+", metavar="SHARE FOLDER", help="how much of which")
    given = parser.parse_args()
    shares, folders = given.shares[::2], given.shares[1::2]
    if len(shares) != len(folders) or not all(
        share.replace(".", "", 1).isdigit() for share in shares
    ):
        parser.error("after OUT give a share (a number) and a folder of weights, in turns")
    average([Path(folder) for folder in folders], [float(share) for share in shares], out=given.out)


if __name__ == "__main__":
    main()
