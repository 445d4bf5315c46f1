"""The level of the voice: a gain, measured once for a voice, a limiter, a start without a click.

Each treats every sample by itself, so that sound in pieces is the same as sound as a whole.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from torch import Tensor

from tts.codec import SAMPLE_RATE
from tts.weights import WeightsError

LOUDNESS = -20.0
"""LUFS (ITU-R BS.1770) that a voice's gain brings it to."""
FADE = SAMPLE_RATE // 100
"""Samples over which a speech fades in, 10 ms: its networks have been speaking, unheard, before,
and an "s" may have begun."""
KNEE, CEILING = 0.6, 0.76
"""Nothing happens below the first, and nothing comes out above the second: -2.4 dBFS, which
leaves the waveform 1.3 dB between the samples: a clear voice's peaks are narrow."""
GAIN_FILE = "gain.json"


def limited(samples: Tensor) -> Tensor:
    """Samples [...] with their peaks bent to stay below the ceiling; the rest as it is."""
    room = CEILING - KNEE
    size = samples.abs()
    bent = KNEE + room * torch.tanh((size - KNEE) / room)
    return torch.where(size > KNEE, torch.copysign(bent, samples), samples)


def faded_in(samples: Tensor) -> Tensor:
    """The first frame [FADE or more] of a speech, risen from silence without a click."""
    rise = (1 - torch.cos(torch.arange(FADE) * (torch.pi / FADE))) / 2
    return torch.cat((samples[:FADE] * rise.to(samples.dtype), samples[FADE:]))


def read_gain(weights: Path) -> float:
    """The gain of the voice whose weights are in a folder: 1 where it has not been measured.

    Raises:
        WeightsError: the file is there but holds no gain.
    """
    path = weights / GAIN_FILE
    if not path.is_file():
        return 1.0
    try:
        return float(json.loads(path.read_text(encoding="utf-8"))["gain"])
    except (ValueError, KeyError, TypeError) as error:
        raise WeightsError(
            f'{path} holds no gain: it should read {{"gain": 1.0}}, as tts.evaluation writes it.'
        ) from error


def write_gain(weights: Path, gain: float) -> None:
    """Keep a gain with the weights that it was measured for."""
    text = json.dumps({"gain": round(gain, 4)})
    (weights / GAIN_FILE).write_text(text + "\n", encoding="utf-8")


def gain_towards(loudness: float, measured: float) -> float:
    """The gain that takes speech of a measured loudness (LUFS) to another."""
    return float(10 ** ((loudness - measured) / 20))
