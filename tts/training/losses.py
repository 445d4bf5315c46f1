"""What the codec's training listens for: spectra, low harmonics in phase, heard disturbance.

All take samples [batch, time] at 24 kHz, resynthesis first, recording second.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tts.codec import SAMPLE_RATE
from tts.training.encoder import mel_filters

MEL_RESOLUTIONS = {128: 16, 256: 32, 512: 64, 1024: 100, 2048: 160}
"""Mel bands by window (samples)."""
LINEAR_WINDOWS = (512, 2048)
MEL_FLOOR, LINEAR_FLOOR = 1e-5, 1e-2


def spectra(samples: Tensor, window: Tensor, hop: int) -> Tensor:
    """Complex short-time spectra of whole windows [batch, bins, frames]."""
    size = len(window)
    return torch.stft(samples, size, hop, window=window, center=False, return_complex=True)


def power(complex_spectra: Tensor) -> Tensor:
    """Squared magnitude, with a gradient at zero too."""
    return torch.view_as_real(complex_spectra).square().sum(-1)


class SpectralLoss(nn.Module):
    """Mean errors of log mel bands at several resolutions, and of log magnitudes of single bins.

    Mel bands alone let a filter ripple inside a band, and do not see harmonics above 3 kHz.
    """

    def __init__(self) -> None:
        super().__init__()
        for size, bands in MEL_RESOLUTIONS.items():
            self.register_buffer(f"window{size}", torch.hann_window(size), persistent=False)
            self.register_buffer(f"mel{size}", mel_filters(size, bands), persistent=False)

    def forward(self, resynthesis: Tensor, recording: Tensor) -> tuple[Tensor, Tensor]:
        """Errors of mel bands and of bins, in nepers."""
        mel_error = linear_error = resynthesis.new_zeros(())
        for size in MEL_RESOLUTIONS:
            window, filters = self.get_buffer(f"window{size}"), self.get_buffer(f"mel{size}")
            made, meant = (
                torch.sqrt(power(spectra(samples, window, size // 4)) + 1e-9)
                for samples in (resynthesis, recording)
            )
            made_mel, meant_mel = (
                torch.log((filters @ magnitudes).clamp(min=MEL_FLOOR))
                for magnitudes in (made, meant)
            )
            mel_error = mel_error + F.l1_loss(made_mel, meant_mel)
            if size in LINEAR_WINDOWS:
                made, meant = torch.log(made + LINEAR_FLOOR), torch.log(meant + LINEAR_FLOOR)
                linear_error = linear_error + F.l1_loss(made, meant)
        return mel_error / len(MEL_RESOLUTIONS), linear_error / len(LINEAR_WINDOWS)


class PhaseLoss(nn.Module):
    """Error of complex spectra up to 0.9 kHz, relative to their energy: low harmonics in phase.

    Higher up the phase is not predictable from F0, and this loss would silence the harmonics.
    """

    window: Tensor
    weight: Tensor

    def __init__(self, size: int = 1024, highest: float = 900.0, edge: float = 400.0) -> None:
        super().__init__()
        frequencies = torch.arange(size // 2 + 1) * SAMPLE_RATE / size
        weight = ((highest - frequencies) / edge).clamp(0, 1)[:, None]
        self.register_buffer("window", torch.hann_window(size), persistent=False)
        self.register_buffer("weight", weight, persistent=False)

    def forward(self, harmonics: Tensor, recording: Tensor) -> Tensor:
        """0: the same; 1: as wrong as silence."""
        hop = len(self.window) // 4
        made, meant = (spectra(x, self.window, hop) for x in (harmonics, recording))
        # Compressed to the power 0.3, so that quiet passages count.
        compression = (power(meant) + 1e-4) ** -0.35
        error = power((made - meant) * compression) * self.weight
        return error.mean() / (power(meant * compression) * self.weight).mean()


def bark(frequency: Tensor) -> Tensor:
    """Critical-band rate of a frequency in Hz (Zwicker and Terhardt, 1980)."""
    return 13 * torch.atan(0.00076 * frequency) + 3.5 * torch.atan((frequency / 7500) ** 2)


def hearing_threshold(frequency: Tensor) -> Tensor:
    """Power of the softest audible tone, 1 at 0 dB sound pressure (Terhardt, 1979)."""
    khz = frequency.clamp(min=20) / 1000
    decibels = 3.64 * khz**-0.8 - 6.5 * torch.exp(-0.6 * (khz - 3.3) ** 2) + 1e-3 * khz**4
    return 10 ** (decibels / 10)


class DisturbanceLoss(nn.Module):
    """What a listener hears of the difference, after ITU-T P.862 (PESQ), differentiable.

    Loudness in 49 critical bands up to 8 kHz, every 16 ms; differences below a quarter of the
    softer one are masked; what was added counts more than what is missing. Without P.862's
    alignment in time and its compensation of gains: a codec needs neither. The value is in
    points of its raw score: 4.5 less this is the score.
    """

    SIZE, BANDS, HIGHEST = 768, 49, 8000.0
    QUIETEST_TONE = 29.54 / 100
    """Amplitude of a tone at 0 dB, of signals levelled to a mean power of 1e7."""
    LEVEL = 1e7**0.5
    SONES = 0.1866
    POOLED = 20
    """Frames in an interval (320 ms), whose worst moments decide."""

    window: Tensor
    bands: Tensor
    width: Tensor
    threshold: Tensor
    exponent: Tensor

    def __init__(self) -> None:
        super().__init__()
        frequencies = torch.arange(self.SIZE // 2 + 1) * SAMPLE_RATE / self.SIZE
        highest = bark(torch.tensor(self.HIGHEST))
        edges = torch.linspace(0, float(highest), self.BANDS + 1)
        place = bark(frequencies)
        bands = ((place >= edges[:-1, None]) & (place < edges[1:, None])).float()
        centre = (edges[1:] + edges[:-1]) / 2
        heard = torch.stack([frequencies[row > 0].mean() for row in bands])
        # Loudness grows faster at low frequencies (Zwicker's exponent, as P.862 bends it).
        exponent = 0.23 * (6 / (centre + 2)).clamp(1, 2) ** 0.15
        width = edges.diff()
        for name, value in (
            ("window", torch.hann_window(self.SIZE)),
            ("bands", bands),
            ("width", width[:, None]),
            ("threshold", hearing_threshold(heard)[:, None]),
            ("exponent", exponent[:, None]),
        ):
            self.register_buffer(name, value, persistent=False)

    def excitation(self, samples: Tensor, level: Tensor) -> Tensor:
        """Power in each band [batch, bands, frames], 1 at 0 dB; `level` [batch] as in Recording."""
        scale = self.LEVEL / self.QUIETEST_TONE / (self.SIZE / 4) / level[:, None]
        return self.bands @ power(spectra(samples * scale, self.window, self.SIZE // 2))

    def loudness(self, excitation: Tensor) -> Tensor:
        """Sones per Bark (Zwicker and Feldtkeller, 1967)."""
        steep = (0.5 + 0.5 * excitation / self.threshold) ** self.exponent - 1
        return self.SONES * (self.threshold / 0.5) ** self.exponent * steep.clamp(min=0)

    def pooled(self, disturbance: Tensor) -> Tensor:
        """Frames [batch, n] -> one value: worst moments in intervals, then all of them."""
        size = min(self.POOLED, disturbance.shape[1])
        intervals = disturbance.unfold(1, size, max(1, size // 2))
        return (intervals**6).mean(-1).pow(1 / 6).square().mean(1).sqrt().mean()

    def forward(self, resynthesis: Tensor, recording: Tensor, level: Tensor) -> Tensor:
        """Points of P.862's raw score lost."""
        made_power = self.excitation(resynthesis, level)
        meant_power = self.excitation(recording, level)
        made, meant = self.loudness(made_power), self.loudness(meant_power)
        difference = made - meant
        masked = 0.25 * torch.minimum(made, meant)
        heard = (difference.abs() - masked).clamp(min=0)
        added = ((made_power + 50) / (meant_power + 50)) ** 1.2
        added = torch.where(added < 3, 0.0, added.clamp(max=12))
        total = self.width.sum()
        both = ((heard * self.width).square().sum(1) / total + 1e-9).sqrt() * total
        additive = (heard * added * self.width).sum(1) + 1e-6
        # Loud frames count a little less.
        frame_power = (meant_power.sum(1) + 1e5) / 1e7
        both, additive = (d.clamp(max=45) / frame_power**0.04 for d in (both, additive))
        return 0.1 * self.pooled(both) + 0.0309 * self.pooled(additive)


def feature_error(made: Sequence[Tensor], meant: Sequence[Tensor]) -> Tensor:
    """Feature matching (Larsen et al., 2016), relative to each layer's mean magnitude."""
    errors = [
        (a.float() - b.float()).abs().mean() / (b.float().abs().mean() + 1e-3)
        for a, b in zip(made, meant, strict=True)
    ]
    return torch.stack(errors).mean()
