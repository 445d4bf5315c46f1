"""Discriminators: networks that learn to tell the codec's speech from recordings.

Three of complex short-time spectra at different resolutions (after Encodec, Défossez et al.,
2022; UnivNet, Jang et al., 2021), with the hinge loss (Lim and Ye, 2017). Used in training only.
"""

from __future__ import annotations

from typing import NamedTuple, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm

from tts.training.precision import fast_products

WINDOWS = (1024, 512, 256)
CHANNELS = 32


class Judgement(NamedTuple):
    """Logits of every discriminator (high: a recording), and the layers' features."""

    logits: list[Tensor]
    features: list[Tensor]


def convolution(
    channels: int, out: int, kernel: tuple[int, int], stride: int, dilation: int
) -> nn.Module:
    """A convolution over (time, frequency): strided in frequency, dilated in time."""
    padding = ((kernel[0] - 1) // 2 * dilation, (kernel[1] - 1) // 2)
    layer = nn.Conv2d(channels, out, kernel, (1, stride), padding, (dilation, 1))
    return cast(nn.Module, weight_norm(layer))


class SpectrumDiscriminator(nn.Module):
    """One discriminator: compressed complex spectra through four strided convolutions."""

    window: Tensor

    def __init__(self, window: int, channels: int = CHANNELS) -> None:
        super().__init__()
        self.register_buffer("window", torch.hann_window(window), persistent=False)
        self.layers = nn.ModuleList(
            (
                convolution(2, channels // 2, (3, 5), stride=2, dilation=1),
                convolution(channels // 2, channels, (3, 5), stride=2, dilation=1),
                convolution(channels, channels, (3, 5), stride=2, dilation=2),
                convolution(channels, channels, (3, 3), stride=1, dilation=1),
            )
        )
        self.out = convolution(channels, 1, (3, 3), stride=1, dilation=1)

    def forward(self, samples: Tensor) -> tuple[Tensor, list[Tensor]]:
        """samples [b, n] -> logits [b, 1, frames, bins / 8], features of the four layers."""
        size = len(self.window)
        spectra = torch.stft(samples, size, size // 4, window=self.window, return_complex=True)
        parts = torch.view_as_real(spectra[:, 1:])
        # Magnitude to the power 0.4, the phase as it is.
        compressed = parts * (parts.square().sum(-1, keepdim=True) + 1e-6) ** -0.3
        x = compressed.permute(0, 3, 2, 1).contiguous(memory_format=torch.channels_last)
        features = []
        with fast_products():
            for layer in self.layers:
                x = F.leaky_relu(layer(x), 0.1)
                features.append(x)
            return self.out(x).float(), features


class Discriminators(nn.Module):
    """All of them, asked together."""

    def __init__(self, channels: int = CHANNELS) -> None:
        super().__init__()
        each = [SpectrumDiscriminator(window, channels) for window in WINDOWS]
        self.each = nn.ModuleList(each)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, samples: Tensor) -> Judgement:
        """samples [b, n] at 24 kHz."""
        logits, features = [], []
        for discriminator in self.each:
            judged, layers = discriminator(samples)
            logits.append(judged)
            features += layers
        return Judgement(logits, features)


def telling_loss(recording: Judgement, resynthesis: Judgement) -> Tensor:
    """What the discriminators minimise: recordings above 1, resynthesis below -1."""
    pairs = zip(recording.logits, resynthesis.logits, strict=True)
    return torch.stack([F.relu(1 - a).mean() + F.relu(1 + b).mean() for a, b in pairs]).mean()


def fooling_loss(resynthesis: Judgement) -> Tensor:
    """What the codec minimises."""
    return -torch.stack([logits.mean() for logits in resynthesis.logits]).mean()
