"""Frames of sound, of several streams at once: each stream's next one in a single pass.

Streams join and leave between any two frames (continuous batching, Yu et al., Orca, 2022). What a
stream sounds like does not depend on who is beside it: each has its own state and noise, attends
to its own past, and its rows of every product are computed as if they were alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from tts.backbone import BackboneState
from tts.codec import FRAME, Decoder, DecoderState
from tts.network import VoiceNetwork
from tts.noise import even_noise


@dataclass(frozen=True)
class VoiceState:
    """What carries the sound from frame to frame: the networks' streaming states, and the place
    in the decoder's noise."""

    backbone: BackboneState
    latent: Tensor
    decoder: DecoderState
    place: int


@dataclass(frozen=True)
class Turn:
    """What a stream's next frames depend on: projected text [1, frames, width], state and noise."""

    conditions: Tensor
    state: VoiceState
    noise: torch.Generator


@dataclass(frozen=True)
class Made:
    """Frames of a stream: samples [frames * 1920], latents [1, frames, latent], and its state."""

    samples: Tensor
    latents: Tensor
    state: VoiceState


@dataclass(frozen=True)
class FrameMaker:
    """The networks that make a frame. `schedule` are the flow head's embedded times."""

    network: VoiceNetwork
    decoder: Decoder
    schedule: Tensor
    temperature: float

    def start(self) -> VoiceState:
        """The state of a stream that has not begun."""
        backbone = self.network.backbone
        first = backbone.first_latent[None, None]
        return VoiceState(backbone.start(), first, self.decoder.start(), place=0)

    def frames(self, turns: Sequence[Turn]) -> list[Made]:
        """The next frames of every stream, as many of each: decoded in one pass."""
        count = turns[0].conditions.shape[1]
        latent = torch.cat([turn.state.latent for turn in turns])
        backbones = [turn.state.backbone for turn in turns]
        conditions = torch.cat([turn.conditions for turn in turns])
        made = []
        for i in range(count):
            hidden, backbones = self.network.backbone.together(
                latent, conditions[:, i : i + 1], backbones
            )
            latent = self._sampled(hidden[:, 0], turns)[:, None]
            made.append(latent)
        latents = torch.cat(made, 1)
        places = [turn.state.place for turn in turns]
        white = torch.stack([even_noise(place, count * FRAME) for place in places])
        before = DecoderState.joined([turn.state.decoder for turn in turns])
        samples, after = self.decoder(self._codec_latents(latents), white, before)
        states = [
            VoiceState(backbone, latent[i : i + 1], after.row(i), place + count * FRAME)
            for i, (backbone, place) in enumerate(zip(backbones, places, strict=True))
        ]
        return [Made(samples[i], latents[i : i + 1], state) for i, state in enumerate(states)]

    def _sampled(self, hidden: Tensor, turns: Sequence[Turn]) -> Tensor:
        """The next latent of every stream [streams, latent]."""
        size = self.network.shape.latent
        random = torch.cat([torch.randn(1, size, generator=turn.noise) for turn in turns])
        latents: Tensor = self.network.flow.sample(random * self.temperature, hidden, self.schedule)
        return latents

    def _codec_latents(self, latents: Tensor) -> Tensor:
        """Latents as the codec was trained on: all but the pitch bounded."""
        codec_latents = self.network.codec_latents(latents)
        codec_latents[..., : self.decoder.shape.latent].clamp_(-1, 1)
        return codec_latents
