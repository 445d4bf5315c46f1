"""The codec's decoder: latents -> speech, harmonics plus noise, 80 ms a latent, no look-ahead.

24 kHz; a synthesis frame every 10 ms, eight per latent. Synthesis frame j covers the samples
[240 j, 240 j + 960); its first 240 are complete once the frame is there. Per frame the network
predicts two complex filters for a band-limited pulse train that follows F0 (so phase is one
accumulated number, not something to invent) and four for white noise (`tts.noise`): a filter
lives as long as its window, and bursts are shorter than what holds harmonics apart. Four of the
latent dimensions are log F0 itself, one value every 20 ms.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tts.layers import ConvNeXt, Direct

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


@dataclass(frozen=True)
class Windows:
    """Hann windows of `size` samples that overlap by three quarters.

    Window k of synthesis frame j covers the samples [240 j + first + k * hop, ... + size).
    """

    size: int
    first: int

    @property
    def hop(self) -> int:
        """Samples from one window to the next."""
        return self.size // 4

    @property
    def bins(self) -> int:
        """Of a window's spectrum."""
        return self.size // 2 + 1

    @property
    def filters(self) -> int:
        """Numbers that make up a frame's filters."""
        return HOP // self.hop * self.bins

    def filtered(self, samples: Tensor, filters: Tensor, shape: Tensor) -> Tensor:
        """Samples through a filter for every window; `shape` is the window itself [size].

        samples [b, hops * 240 + 720], filters [b, hops, filters] -> [b, hops * 240 + 720].
        """
        covered = samples.shape[1] - OVERLAP + self.size - self.hop
        inside = samples[:, self.first : self.first + covered]
        spectra = torch.fft.rfft(inside.unfold(1, self.size, self.hop) * shape)
        spectra = spectra * filters.reshape(len(filters), -1, self.bins)
        # 1.5: what four overlapping squared Hann windows sum to.
        frames = torch.fft.irfft(spectra, n=self.size) * (shape / 1.5)
        summed = F.fold(frames.transpose(1, 2), (1, covered), (1, self.size), stride=(1, self.hop))
        return F.pad(summed.flatten(1), (self.first, samples.shape[1] - covered - self.first))


HARMONIC = Windows(size=480, first=120)
NOISE = Windows(size=240, first=240)
PREDICTED = [HARMONIC.filters, NOISE.filters, HARMONIC.filters, HARMONIC.filters, 1]
"""What the network predicts for a frame: log gains of the harmonics' and of the noise's filters,
real and imaginary part of the harmonics'; then one F0 correction."""


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


class Decoder(Direct):
    """Latents -> samples; `forward` takes any number of latents and the state before them."""

    harmonic_window: Tensor
    noise_window: Tensor
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
        self.filters = nn.Linear(width, sum(PREDICTED))
        for name, windows in (("harmonic_window", HARMONIC), ("noise_window", NOISE)):
            self.register_buffer(name, torch.hann_window(windows.size), persistent=False)
        self.register_buffer("ramp", torch.arange(1, HOP + 1) / HOP, persistent=False)

    def start(self, batch: int = 1) -> DecoderState:
        """State of a stream that begins in silence, at a pitch of 150 Hz."""
        zeros = self.ramp.new_zeros
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
        harmonics, breath = self._parts(predicted, pulses, noise)
        samples = harmonics + breath
        samples = torch.cat((samples[:, :OVERLAP] + state.overlap, samples[:, OVERLAP:]), 1)
        return samples[:, :-OVERLAP], DecoderState(
            convolutions,
            pitch,
            f0[:, -1:],
            phase,
            pulses[:, -OVERLAP:],
            noise[:, -OVERLAP:],
            samples[:, -OVERLAP:],
        )

    def _parts(self, predicted: Tensor, pulses: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Both sources through their filters, [b, hops * 240 + 720] each."""
        gain, noise_gain, real, imaginary, _ = torch.split(predicted, PREDICTED, -1)
        harmonic = torch.complex(real, imaginary) * gain.clamp(max=5).exp()
        return (
            HARMONIC.filtered(pulses, harmonic, self.harmonic_window),
            NOISE.filtered(noise, noise_gain.clamp(max=5).exp(), self.noise_window),
        )

    def _network(
        self, latents: Tensor, states: tuple[Tensor, ...]
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Filters and F0 correction of every synthesis frame [b, time * 8, 1931]."""
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
