"""The codec's decoder: latents -> speech, harmonics plus noise, 80 ms a latent, no look-ahead.

24 kHz; a synthesis frame every 10 ms, eight per latent. Synthesis frame j covers the samples
[240 j, 240 j + 960); its first 240 are complete once the frame is there. Per frame the network
predicts a complex filter for a band-limited pulse train that follows F0 (so phase is one
accumulated number, not something to invent) and a gain for white noise. Four of the latent
dimensions are log F0 itself, one value every 20 ms.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tts.layers import ConvNeXt

SAMPLE_RATE = 24_000
HOP = 240
WINDOW = 4 * HOP
OVERLAP = WINDOW - HOP
HOPS_PER_LATENT = 8
FRAME = HOP * HOPS_PER_LATENT
"""Samples per latent: 1920, 80 ms."""
PITCH_DIMENSIONS = 4
LOG_F0_MEAN = math.log(150.0)
LOG_F0_SPREAD = 0.5
HIGHEST_HARMONIC = 11_500.0
BINS = WINDOW // 2 + 1


@dataclass(frozen=True)
class DecoderShape:
    """Sizes of the decoder, as written into the weights file."""

    latent: int = 32
    latent_width: int = 384
    latent_layers: int = 2
    frame_width: int = 256
    frame_layers: int = 8


@dataclass(frozen=True)
class DecoderState:
    """Everything the decoder carries from one latent to the next; batch first, samples last.

    `convolutions`: past inputs of each block. `pitch` [b, 1]: last F0 point of the latents
    (normalised log). `f0` [b, 1]: F0 of the last synthesis frame, Hz. `phase` [b, 1]: of the
    pulse train, float64. `pulses`, `noise` [b, 720]: the last samples of the two sources, which
    later windows still cover. `overlap` [b, 720]: output still to be added to.
    """

    convolutions: tuple[Tensor, ...]
    pitch: Tensor
    f0: Tensor
    phase: Tensor
    pulses: Tensor
    noise: Tensor
    overlap: Tensor

    @classmethod
    def joined(cls, states: Sequence[DecoderState]) -> DecoderState:
        """The states of several streams as those of one batch."""
        if len(states) == 1:
            return states[0]
        return cls(
            tuple(torch.cat(each) for each in zip(*(s.convolutions for s in states), strict=True)),
            *(torch.cat([getattr(state, name) for state in states]) for name in SINGLE_STATES),
        )

    def row(self, i: int) -> DecoderState:
        """The state of one stream of the batch."""
        one = slice(i, i + 1)
        return DecoderState(
            tuple(past[one] for past in self.convolutions),
            *(getattr(self, name)[one] for name in SINGLE_STATES),
        )


SINGLE_STATES = ("pitch", "f0", "phase", "pulses", "noise", "overlap")


def pulse_train(phase: Tensor, f0: Tensor) -> Tensor:
    """Unit-variance sum of all cosines of `phase` up to 11.5 kHz (Dirichlet kernel), per sample."""
    harmonics = torch.floor(HIGHEST_HARMONIC / f0)
    half = torch.remainder(phase + math.pi, 2 * math.pi) / 2 - math.pi / 2
    sine = torch.sin(half)
    at_peak = sine.abs() < 1e-4
    kernel = torch.sin((2 * harmonics + 1) * half) / (2 * torch.where(at_peak, 1.0, sine)) - 0.5
    return torch.where(at_peak, harmonics, kernel) * torch.sqrt(2 / harmonics)


def windows(samples: Tensor, window: Tensor) -> Tensor:
    """Spectra of the overlapping windows of samples [b, hops * 240 + 720] -> [b, hops, 481]."""
    spectra: Tensor = torch.fft.rfft(samples.unfold(1, WINDOW, HOP) * window)
    return spectra


class Decoder(nn.Module):
    """Latents -> samples; `forward` takes any number of latents and the state before them."""

    window: Tensor
    ramp: Tensor

    def __init__(self, shape: DecoderShape) -> None:
        super().__init__()
        self.shape = shape
        width = shape.latent_width
        self.latent_in = nn.Linear(shape.latent + PITCH_DIMENSIONS, width)
        self.latent_blocks = nn.ModuleList(
            ConvNeXt(width, 3 * width, 4) for _ in range(shape.latent_layers)
        )
        self.upsample = nn.Linear(width, HOPS_PER_LATENT * shape.frame_width)
        width = shape.frame_width
        self.frame_blocks = nn.ModuleList(
            ConvNeXt(width, 3 * width, 7) for _ in range(shape.frame_layers)
        )
        self.norm = nn.LayerNorm(width)
        # Per bin: log gain of both filters, real and imaginary part; then one F0 correction.
        self.filters = nn.Linear(width, 4 * BINS + 1)
        self.register_buffer("window", torch.hann_window(WINDOW), persistent=False)
        self.register_buffer("ramp", torch.arange(1, HOP + 1) / HOP, persistent=False)

    def start(self, batch: int = 1) -> DecoderState:
        """State of a stream that begins in silence, at a pitch of 150 Hz."""
        zeros = self.window.new_zeros
        blocks = (*self.latent_blocks, *self.frame_blocks)
        return DecoderState(
            convolutions=tuple(block.start(batch) for block in blocks),
            pitch=zeros(batch, 1),
            f0=zeros(batch, 1) + math.exp(LOG_F0_MEAN),
            phase=zeros(batch, 1, dtype=torch.float64),
            pulses=zeros(batch, OVERLAP),
            noise=zeros(batch, OVERLAP),
            overlap=zeros(batch, OVERLAP),
        )

    def forward(
        self, latents: Tensor, noise: Tensor, state: DecoderState
    ) -> tuple[Tensor, DecoderState]:
        """latents [b, time, 36], white noise [b, time * 1920] -> samples of that shape, state."""
        predicted, convolutions = self._network(latents, state.convolutions)
        log_f0, pitch = self._log_f0(latents, predicted[..., -1], state.pitch)
        f0 = torch.exp((log_f0 * LOG_F0_SPREAD + LOG_F0_MEAN).clamp(3.9, 6.3))
        pulses, phase = self._pulses(f0, state)
        pulses = torch.cat((state.pulses, pulses), 1)
        noise = torch.cat((state.noise, noise), 1)
        gain, noise_gain, real, imaginary = predicted[..., :-1].chunk(4, -1)
        harmonic = torch.complex(real, imaginary) * gain.clamp(max=5).exp()
        spectra = windows(pulses, self.window) * harmonic
        spectra = spectra + windows(noise, self.window) * noise_gain.clamp(max=5).exp()
        samples, overlap = self._overlap_add(spectra, state.overlap)
        return samples, DecoderState(
            convolutions,
            pitch,
            f0[:, -1:],
            phase,
            pulses[:, -OVERLAP:],
            noise[:, -OVERLAP:],
            overlap,
        )

    def _network(
        self, latents: Tensor, states: tuple[Tensor, ...]
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Filters and F0 correction of every synthesis frame [b, time * 8, 4 * 481 + 1]."""
        batch, time, _ = latents.shape
        remaining = iter(states)
        after: list[Tensor] = []
        x = self.latent_in(latents)
        for block in self.latent_blocks:
            x, state = block(x, next(remaining))
            after.append(state)
        x = self.upsample(x).reshape(batch, time * HOPS_PER_LATENT, -1)
        for block in self.frame_blocks:
            x, state = block(x, next(remaining))
            after.append(state)
        return self.filters(self.norm(x)), tuple(after)

    def _log_f0(self, latents: Tensor, correction: Tensor, last: Tensor) -> tuple[Tensor, Tensor]:
        """Normalised log F0 of every synthesis frame, linear between the latents' points."""
        points = latents[..., -PITCH_DIMENSIONS:].flatten(1)
        before = torch.cat((last, points[:, :-1]), 1)
        between = torch.stack(((before + points) / 2, points), -1).flatten(1)
        return between + 0.1 * correction, points[:, -1:]

    def _pulses(self, f0: Tensor, state: DecoderState) -> tuple[Tensor, Tensor]:
        """The pulse train under the frames' F0 [b, hops], ramped per sample, and its phase."""
        before = torch.cat((state.f0, f0[:, :-1]), 1)
        per_sample = torch.lerp(before[..., None], f0[..., None], self.ramp).flatten(1)
        # Phase adds up for minutes: float64, and kept within one turn.
        turns = per_sample.double().cumsum(1) * (2 * math.pi / SAMPLE_RATE) + state.phase
        phase = turns.remainder(2 * math.pi)
        return pulse_train(phase.to(f0.dtype), per_sample), phase[:, -1:]

    def _overlap_add(self, spectra: Tensor, overlap: Tensor) -> tuple[Tensor, Tensor]:
        """Windows back to samples: the complete ones, and those still to be added to."""
        # 1.5: what four overlapping squared Hann windows sum to.
        frames = torch.fft.irfft(spectra, n=WINDOW) * (self.window / 1.5)
        length = frames.shape[1] * HOP + OVERLAP
        summed = F.fold(frames.transpose(1, 2), (1, length), (1, WINDOW), stride=(1, HOP))
        summed = summed.flatten(1)
        summed = torch.cat((summed[:, :OVERLAP] + overlap, summed[:, OVERLAP:]), 1)
        return summed[:, :-OVERLAP], summed[:, -OVERLAP:]
