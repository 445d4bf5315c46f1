"""The codec as it is trained: where latents come from, and the decoder over whole crops."""

from __future__ import annotations

from typing import NamedTuple, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tts.codec import (
    LOG_F0_MEAN,
    LOG_F0_SPREAD,
    OVERLAP,
    PITCH_DIMENSIONS,
    PREDICTED,
    Decoder,
    DecoderShape,
)
from tts.layers import ConvNeXt
from tts.noise import LENGTH, even_noise
from tts.training.crops import Crops
from tts.training.encoder import Encoder, EncoderShape
from tts.training.pitch import Samples
from tts.training.precision import fast_products
from tts.training.recordings import Recording

LATENT_NOISE = 0.1
"""Most noise added to latents: the small errors of a network that predicts them do no harm."""
PITCH_NOISE = 0.02


class Resynthesis(NamedTuple):
    """samples, and their harmonic part alone, [b, n * 1920] each."""

    samples: Tensor
    harmonics: Tensor


class TaughtDecoder(Decoder):
    """The decoder over whole crops, where its pulse train may follow a recorded phase."""

    def soften(self) -> None:
        """Untrained filters that are quiet and flat, so that training starts from a murmur."""
        with torch.no_grad():
            self.filters.weight.mul_(0.5)
            self.filters.bias.zero_()
            gain, noise_gain, real, _, _ = torch.split(self.filters.bias, PREDICTED)
            gain.fill_(-4)
            noise_gain.fill_(-4)
            real.fill_(1)

    def keep_pitch(self) -> None:
        """F0 is what the latents say and stays so: nothing is learned that would bend it.

        Then its phase can be told from the latents, and an encoder can hold it to a recording's.
        """
        with torch.no_grad():
            self.filters.weight[-1] = 0
            self.filters.bias[-1] = 0

    def resynthesize(self, latents: Tensor, pulses: Tensor, in_phase: int) -> Resynthesis:
        """The first `in_phase` crops with recorded pulses, the others with those of its own F0."""
        with fast_products():
            predicted = self._filters(latents)
        predicted = predicted.float()
        state = self.start(len(latents))
        log_f0, _ = self._log_f0(latents, predicted[..., -1], state.pitch)
        f0 = torch.exp((log_f0 * LOG_F0_SPREAD + LOG_F0_MEAN).clamp(3.9, 6.3))
        own, _ = self._pulses(f0[in_phase:], self.start(len(latents) - in_phase))
        pulses = torch.cat((pulses[:in_phase], F.pad(own, (OVERLAP, 0))))
        harmonics, breath = (
            part[:, :-OVERLAP] for part in self._parts(predicted, pulses, somewhere(pulses.shape))
        )
        return Resynthesis(harmonics + breath, harmonics)

    def _filters(self, latents: Tensor) -> Tensor:
        """The network from the start of a stream; over long pieces Conv1d is the faster one."""
        x = self.latent_in(latents)
        for block in self.latent_blocks:
            x = whole(cast(ConvNeXt, block), x)
        x = self.upsample(x).reshape(len(x), -1, self.shape.frame_width)
        for block in self.frame_blocks:
            x = whole(cast(ConvNeXt, block), x)
        filters: Tensor = self.filters(self.norm(x))
        return filters


def somewhere(shape: torch.Size) -> Tensor:
    """Rows of the decoder's noise, each from a place of its own."""
    places = torch.randint(LENGTH, shape[:1]).tolist()
    return torch.stack([even_noise(place, shape[1]) for place in places])


def whole(block: ConvNeXt, x: Tensor) -> Tensor:
    """x [batch, time, width] through a causal block that has seen nothing before."""
    padded = F.pad(x.transpose(1, 2), (block.kernel - 1, 0))
    return x + block.mix(block.depthwise(padded).transpose(1, 2))


class StoredLatents(nn.Module):
    """The recordings' own latents: their encoder stays as it is."""

    def forward(self, crops: Crops) -> Tensor:
        """[b, n, 36]"""
        assert crops.latents is not None, "These recordings carry no latents."
        return crops.latents


class LearnedLatents(nn.Module):
    """Latents of an encoder that is trained with the decoder."""

    def __init__(self, shape: EncoderShape) -> None:
        super().__init__()
        self.encoder = Encoder(shape)

    def forward(self, crops: Crops) -> Tensor:
        """[b, n, 36]"""
        with fast_products():
            latents = self.encoder(crops.samples, crops.f0, crops.voiced, crops.newest_f0)
        return cast(Tensor, latents).float()


class Codec(nn.Module):
    """Crops -> latents with noise on them -> crops."""

    def __init__(self, latents: StoredLatents | LearnedLatents, shape: DecoderShape) -> None:
        super().__init__()
        self.latents = latents
        self.decoder = TaughtDecoder(shape)
        self.decoder.soften()
        self.decoder.keep_pitch()

    def forward(self, crops: Crops, in_phase: int) -> Resynthesis:
        """The crops again, the first `in_phase` of them in the recorded phase."""
        latents: Tensor = self.latents(crops)
        spread = torch.full(latents.shape[-1:], LATENT_NOISE)
        spread[-PITCH_DIMENSIONS:] = PITCH_NOISE
        amount = torch.rand(len(latents), 1, 1)
        noisy = latents + torch.randn_like(latents) * amount * spread
        return self.decoder.resynthesize(noisy, crops.pulses, in_phase)


@torch.inference_mode()
def respeak(decoder: Decoder, recording: Recording) -> Samples:
    """The recording from its latents, decoded as one stream, with F0 and phase of the decoder."""
    assert recording.latents is not None, f"Recording {recording.name} carries no latents."
    noise = even_noise(0, len(recording.samples))[None]
    samples, _ = decoder(recording.latents[None], noise, decoder.start())
    speech: Samples = samples[0].numpy()
    return speech
