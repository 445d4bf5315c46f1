"""Forced alignment without a recogniser: our own voice says the same text, and knows when.

The recording and our speech are laid over each other by dynamic time warping of cepstra (Sakoe &
Chiba, 1978), and our symbols' edges are carried over. Needs no model but the voice itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tts.codec import FRAME, HOP
from tts.durations import UNIT, Timeline
from tts.engine import Engine
from tts.frames import Turn
from tts.network import SLOTS_PER_FRAME
from tts.symbols import PAD
from tts.training.encoder import MEL_BANDS, Encoder, EncoderShape

Samples = NDArray[np.float32]
Steps = NDArray[np.int64]

CEPSTRA = 20
SIDESTEP = 0.1
"""What a step costs that moves on in one of the two only, on top of the distance."""
SHORTEST = 0.25
"""Least units of a symbol."""


@dataclass(frozen=True)
class Spoken:
    """Our own speech, and where its symbols (pads included) begin and end, in samples [n + 1]."""

    samples: Samples
    edges: NDArray[np.float64]


@torch.inference_mode()
def say(engine: Engine, symbols: Sequence[int]) -> Spoken:
    """Speak symbols as one utterance with silence around, as the training speech is."""
    encoded, durations = engine.narrator.encode([PAD, *symbols, PAD])
    slots, edges, timeline = Timeline().lay(durations)
    heard = encoded[slots]
    missing = -len(heard) % SLOTS_PER_FRAME
    heard = torch.cat((heard, encoded[-1:].expand(missing, -1)))
    conditions, maker = engine.narrator.conditions(heard), engine.narrator.maker
    turn = Turn(conditions, maker.start(), torch.Generator().manual_seed(0))
    (made,) = maker.frames([turn])
    assert len(made.samples) >= timeline.clock - FRAME
    return Spoken(made.samples.numpy(), edges.numpy())


def cepstra(samples: Samples) -> Tensor:
    """Mel cepstra and their slopes every 10 ms, each of mean 0 and spread 1 [frames, 40]."""
    listener = Encoder(EncoderShape(width=1, frame_layers=0, latent_layers=0))
    whole = torch.from_numpy(samples[: len(samples) // HOP * HOP])[None]
    mel = listener.log_mel(whole)[0]
    bands, order = torch.arange(MEL_BANDS) + 0.5, torch.arange(CEPSTRA)[:, None]
    cosines = torch.cos(math.pi / MEL_BANDS * order * bands)
    found = mel @ cosines.T
    slopes = torch.nn.functional.pad(found, (0, 0, 2, 2))
    slopes = slopes[4:] - slopes[:-4]
    both = torch.cat((found, slopes), -1)
    return (both - both.mean(0)) / (both.std(0) + 1e-4)


def warp(ours: Tensor, theirs: Tensor) -> Steps:
    """Our frame for each step and theirs [steps, 2], from the first frames to the last."""
    distance = torch.cdist(ours, theirs).numpy() / math.sqrt(ours.shape[1])
    rows, columns = distance.shape
    # Along anti-diagonals every cell depends on the two before only: whole ones at a time.
    total = np.full((rows + 1, columns + 1), np.inf)
    total[0, 0] = 0.0
    came = np.zeros((rows, columns), np.int8)
    for diagonal in range(rows + columns - 1):
        i = np.arange(max(0, diagonal - columns + 1), min(rows, diagonal + 1))
        j = diagonal - i
        ways = np.stack((total[i, j], total[i, j + 1] + SIDESTEP, total[i + 1, j] + SIDESTEP))
        came[i, j] = ways.argmin(0)
        total[i + 1, j + 1] = ways.min(0) + distance[i, j]
    path = [(rows - 1, columns - 1)]
    while path[-1] != (0, 0):
        i, j = path[-1]
        back_i, back_j = ((1, 1), (1, 0), (0, 1))[came[i, j]]
        path.append((i - back_i, j - back_j))
    return np.array(path[::-1])


def align(engine: Engine, symbols: Sequence[int], samples: Samples) -> list[float]:
    """Units of the leading pad, every symbol and the trailing pad in a recording at 24 kHz.

    The recording begins and ends with silence. Their sum is the recording's length.
    """
    spoken = say(engine, symbols)
    path = warp(cepstra(spoken.samples), cepstra(samples))
    ours, theirs = (path.T + 0.5) * HOP
    # Where one of our frames lies on several of theirs, in their middle.
    places = np.unique(ours)
    middles = np.array([theirs[ours == place].mean() for place in places])
    inner = np.interp(spoken.edges[1:-1], places, middles)
    edges = np.concatenate(([0.0], np.maximum.accumulate(inner), [float(len(samples))]))
    units = np.maximum(np.diff(edges) / UNIT, SHORTEST)
    units *= len(samples) / UNIT / units.sum()
    return [float(unit) for unit in units]
