"""A corpus of speech -> codec latents with symbols and durations, the network's training data.

One line of the corpus file per clip: `id` (file `<voice>/<id>.ogg` beside it), `symbols`, `dur`
(units of 600 samples, not always whole, for a leading pad, every symbol, a trailing pad).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soundfile
import torch
import torch.nn.functional as F
from torch import Tensor

from tts.codec import FRAME, HOP, SAMPLE_RATE, WINDOW
from tts.durations import SLOT, UNIT
from tts.network import SLOTS_PER_FRAME
from tts.symbols import PAD, SYMBOLS
from tts.training.encoder import Encoder
from tts.training.pitch import GRID, PitchTrack, Samples, smoothed, track

TRACKED_TOGETHER = 48


@dataclass(frozen=True)
class Clip:
    """One recording with what is said in it."""

    name: str
    text: str
    symbols: list[int]
    units: list[float]
    samples: Samples


def add_clip(
    corpus: Path, name: str, text: str, symbols: str, units: Sequence[float], samples: Samples
) -> None:
    """Add a clip to a corpus file: its line, and its sound in the folder beside it."""
    folder = corpus.with_suffix("")
    folder.mkdir(parents=True, exist_ok=True)
    sound = folder / f"{name}.ogg"
    soundfile.write(sound, samples, SAMPLE_RATE, format="OGG", subtype="OPUS")
    row = {"id": name, "text": text, "symbols": symbols, "dur": units, "samples": len(samples)}
    with corpus.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")


def read_clips(corpus: Path) -> Iterator[Clip]:
    """The clips of a corpus file; those too short or with symbols we do not know are left out."""
    folder = corpus.with_suffix("")
    for line in corpus.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        path = folder / f"{row['id']}.ogg"
        known = all(symbol in SYMBOLS for symbol in row["symbols"])
        if not (path.is_file() and known and len(row["dur"]) == len(row["symbols"]) + 2):
            continue
        samples, rate = soundfile.read(path, dtype="float32")
        if rate != SAMPLE_RATE:
            raise ValueError(f"{path} has {rate} samples a second, not {SAMPLE_RATE}: resample it.")
        if len(samples) > SAMPLE_RATE // 2:
            symbols = [PAD, *(SYMBOLS[symbol] for symbol in row["symbols"]), PAD]
            yield Clip(row["id"], row["text"], symbols, row["dur"], samples)


def in_all_phases(clips: Sequence[Clip]) -> list[Clip]:
    """The clips, then each as if begun one, two and three slots later: all its frames are others.

    Where a frame ends within a sound is chance: what a clip teaches in one place it does not in
    another. Only silence before the speech is cut; a clip with too little of it is left out.
    """
    return [
        replace(
            clip,
            samples=clip.samples[late * SLOT :],
            units=[clip.units[0] - late * SLOT / UNIT, *clip.units[1:]],
        )
        for late in range(SLOTS_PER_FRAME)
        for clip in clips
        if clip.units[0] * UNIT > late * SLOT or not late
    ]


@torch.inference_mode()
def encode(encoder: Encoder, samples: Samples, pitch: PitchTrack) -> Tensor:
    """Latents [frames, 36] of one clip."""
    usable = len(pitch.f0) * GRID
    length = -(-usable // FRAME) * FRAME
    points = (length + WINDOW) // GRID + 8
    f0 = smoothed(torch.from_numpy(np.pad(pitch.f0, (0, points - len(pitch.f0)), "edge")))
    voiced = F.pad(torch.from_numpy(pitch.voiced), (0, points - len(pitch.voiced)))
    audio = F.pad(torch.from_numpy(samples[:usable]), (0, length - usable))
    hops, step = length // HOP, HOP // GRID
    # A synthesis frame spans four hops: its centre is two hops in, its newest sample four.
    centre, newest = (slice(s * step, s * step + hops * step, step) for s in (2, 4))
    latents: Tensor = encoder(audio[None], f0[None, centre], voiced[None, centre], f0[None, newest])
    return latents[0]


def encode_corpus(encoder: Encoder, clips: Sequence[Clip]) -> list[dict[str, object]]:
    """Training examples in the clips' order: id, z [frames, 36], sym, dur (units), text."""
    by_length = sorted(range(len(clips)), key=lambda i: len(clips[i].samples))
    examples: dict[int, dict[str, object]] = {}
    for start in range(0, len(by_length), TRACKED_TOGETHER):
        batch = by_length[start : start + TRACKED_TOGETHER]
        tracks = track([clips[i].samples for i in batch])
        for i, pitch in zip(batch, tracks, strict=True):
            clip = clips[i]
            examples[i] = {
                "id": clip.name,
                "z": encode(encoder, clip.samples, pitch),
                "sym": torch.tensor(clip.symbols),
                "dur": torch.tensor(clip.units),
                "text": clip.text,
            }
        print(f"{len(examples)} of {len(clips)} clips", flush=True)
    return [examples[i] for i in range(len(clips))]
