"""The codec's encoder: speech and its pitch -> latents. It looks ahead: it only makes targets."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tts.codec import (
    HOP,
    HOPS_PER_LATENT,
    LOG_F0_MEAN,
    LOG_F0_SPREAD,
    SAMPLE_RATE,
    WINDOW,
)
from tts.layers import ConvNeXt

MEL_BANDS = 100
MEL_WINDOW = 1024


@dataclass(frozen=True)
class EncoderShape:
    """Sizes of the encoder, as written into the weights file."""

    latent: int = 32
    width: int = 256
    frame_layers: int = 3
    latent_layers: int = 2


def mel_filters(window: int, bands: int) -> Tensor:
    """Triangles of unit sum, evenly spaced on the mel scale up to 12 kHz [bands, window/2 + 1]."""
    top = 2595 * math.log10(1 + SAMPLE_RATE / 2 / 700)
    edges = 700 * (10 ** (torch.linspace(0, top, bands + 2, dtype=torch.float64) / 2595) - 1)
    bins = torch.linspace(0, SAMPLE_RATE / 2, window // 2 + 1, dtype=torch.float64)
    low, middle, high = (edges[i : i + bands, None] for i in range(3))
    rising, falling = (bins - low) / (middle - low), (high - bins) / (high - middle)
    triangles = torch.minimum(rising, falling).clamp(min=0)
    return (triangles / (triangles.sum(1, keepdim=True) + 1e-6)).float()


class CentredConvNeXt(ConvNeXt):
    """The ConvNeXt block with as much future as past."""

    def look(self, x: Tensor) -> Tensor:
        """x [batch, time, width] -> the same shape."""
        padded = F.pad(x.transpose(1, 2), ((self.kernel - 1) // 2, self.kernel // 2))
        return x + self.mix(self.depthwise(padded).transpose(1, 2))


class Encoder(nn.Module):
    """Log mel, F0 and voicing every 10 ms -> latents every 80 ms."""

    window: Tensor
    filters: Tensor

    def __init__(self, shape: EncoderShape) -> None:
        super().__init__()
        width = shape.width
        self.features_in = nn.Linear(MEL_BANDS + 2, width)
        self.frame_blocks = nn.ModuleList(
            CentredConvNeXt(width, 3 * width, 7) for _ in range(shape.frame_layers)
        )
        self.downsample = nn.Linear(HOPS_PER_LATENT * width, 2 * width)
        self.latent_blocks = nn.ModuleList(
            ConvNeXt(2 * width, 4 * width, 3) for _ in range(shape.latent_layers)
        )
        self.latent_out = nn.Linear(2 * width, shape.latent)
        self.register_buffer("window", torch.hann_window(MEL_WINDOW), persistent=False)
        self.register_buffer("filters", mel_filters(MEL_WINDOW, MEL_BANDS), persistent=False)

    def log_mel(self, samples: Tensor) -> Tensor:
        """[b, n] -> [b, n / 240, 100]; frame j is centred like synthesis frame j of the decoder."""
        left = MEL_WINDOW // 2 - WINDOW // 2
        padded = F.pad(samples, (left, MEL_WINDOW - left - HOP))
        spectra = torch.stft(
            padded, MEL_WINDOW, HOP, window=self.window, center=False, return_complex=True
        )
        return torch.log((self.filters @ spectra.abs()).clamp(min=1e-5)).transpose(1, 2)

    def forward(self, samples: Tensor, f0: Tensor, voiced: Tensor, newest_f0: Tensor) -> Tensor:
        """samples [b, n * 1920] -> latents [b, n, 36]; pitch inputs are [b, n * 8].

        `f0` (Hz) and `voiced` (0 or 1) are taken at the centre of each synthesis frame,
        `newest_f0` at the end of it: that is what the decoder must know without looking ahead.
        """
        pitch = (torch.log(f0) - LOG_F0_MEAN) / LOG_F0_SPREAD * voiced
        mel = (self.log_mel(samples) + 5) / 3
        x = self.features_in(torch.cat((mel, pitch[..., None], voiced[..., None]), -1))
        for block in self.frame_blocks:
            x = cast(CentredConvNeXt, block).look(x)
        batch, hops, width = x.shape
        x = self.downsample(x.reshape(batch, hops // HOPS_PER_LATENT, HOPS_PER_LATENT * width))
        for block in self.latent_blocks:
            x, _ = block(x, cast(ConvNeXt, block).start(batch))
        points = (torch.log(newest_f0[:, 1::2]) - LOG_F0_MEAN) / LOG_F0_SPREAD
        points = points.reshape(batch, hops // HOPS_PER_LATENT, -1)
        return torch.cat((torch.tanh(self.latent_out(x).float()), points), -1)
