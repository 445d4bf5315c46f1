"""Random crops of recordings, laid out as the decoder meets them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from tts.codec import FRAME, HOP, OVERLAP, SAMPLE_RATE, pulse_train
from tts.training.pitch import GRID, smoothed
from tts.training.recordings import Recording

POINTS = FRAME // GRID
"""Pitch values per latent."""
HOP_POINTS = HOP // GRID
SOFTEST = 0.5
"""Where an encoder is trained, crops are played at a random gain between this and 1."""


@dataclass(frozen=True)
class Crops:
    """A batch of crops of n latents.

    `samples` [b, n * 1920]; `pulses` [b, n * 1920 + 720], the pulse train in phase with the
    recorded fundamental, as far as the last window reaches. Per synthesis frame, [b, n * 8]:
    `f0` (Hz) and `voiced` at its centre, `newest_f0` at its last sample.
    `latents` [b, n, 36], or None where an encoder is trained. `level` [b] as in Recording.
    """

    samples: Tensor
    pulses: Tensor
    f0: Tensor
    voiced: Tensor
    newest_f0: Tensor
    level: Tensor
    latents: Tensor | None


def crop(recording: Recording, start: int, count: int, gain: float = 1.0) -> Crops:
    """A batch of one: `count` latents of a recording from latent `start` on.

    The recording must go on for one latent more, which the last window reaches into.
    """
    points = slice(start * POINTS, (start + count + 1) * POINTS)
    f0, voiced = recording.f0[points], recording.voiced[points]
    even_f0 = smoothed(f0)
    # A synthesis frame spans four hops: its centre is two hops in, its newest sample four.
    hops = count * FRAME // HOP
    centre, newest = (slice(s, s + hops * HOP_POINTS, HOP_POINTS) for s in (8, 16))
    samples = recording.samples[start * FRAME : (start + count) * FRAME] * (gain / 32767)
    pulses = tracked_pulses(recording.phase[points], f0)[: count * FRAME + OVERLAP]
    return Crops(
        samples=samples[None],
        pulses=pulses[None],
        f0=even_f0[None, centre],
        voiced=voiced[None, centre],
        newest_f0=even_f0[None, newest],
        level=torch.tensor([recording.level * gain]),
        latents=None if recording.latents is None else recording.latents[None, start:][:, :count],
    )


def tracked_pulses(phase: Tensor, f0: Tensor) -> Tensor:
    """The decoder's pulse train, at the phases of a pitch track."""
    samples = torch.arange(GRID, dtype=torch.float64)
    angles = phase[:, None] + f0[:, None] * samples * (2 * math.pi / SAMPLE_RATE)
    phase = angles.flatten().remainder(2 * math.pi).float()
    return pulse_train(phase, f0.repeat_interleave(GRID))


def together(crops: Sequence[Crops]) -> Crops:
    """One batch of crops of the same length."""
    stacked = {
        field.name: None
        if getattr(crops[0], field.name) is None
        else torch.cat([getattr(c, field.name) for c in crops])
        for field in fields(Crops)
    }
    return Crops(**stacked)  # type: ignore[arg-type]


class Draw:
    """Draws crops: every voice equally often, every moment of a voice as likely as another."""

    def __init__(self, recordings: Sequence[Recording], count: int) -> None:
        self.count = count
        long_enough = [r for r in recordings if len(r.samples) // FRAME > count]
        if not long_enough:
            raise ValueError(
                f"No recording is longer than {count} latents of 80 ms: add longer ones."
            )
        voices = sorted({r.voice for r in long_enough})
        self.voices = [[r for r in long_enough if r.voice == voice] for voice in voices]
        self.lengths = [torch.tensor([float(len(r.samples)) for r in v]) for v in self.voices]

    def __call__(self, size: int) -> Crops:
        """A batch; randomness is torch's."""
        return together([self.one() for _ in range(size)])

    def one(self) -> Crops:
        """A random crop."""
        voice = int(torch.randint(len(self.voices), ()))
        recording = self.voices[voice][int(torch.multinomial(self.lengths[voice], 1))]
        latest = len(recording.samples) // FRAME - self.count
        # Stored latents are those of the recording as loud as it is.
        quieter = float(torch.rand(())) if recording.latents is None else 0.0
        gain = 1 - (1 - SOFTEST) * quieter
        return crop(recording, int(torch.randint(latest, ())), self.count, gain)
