"""Frames of sound, of several streams at once: each stream's next one in a single pass.

Streams join and leave between any two frames (continuous batching, Yu et al., Orca, 2022). What a
stream sounds like does not depend on who is beside it: each has its own state and noise, attends
to its own past, and its rows of every product are computed as if they were alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

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
    """What a stream's next frame depends on: its projected text [1, 1, width], state and noise."""

    condition: Tensor
    state: VoiceState
    noise: torch.Generator


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

    def frames(self, turns: Sequence[Turn]) -> list[tuple[Tensor, VoiceState]]:
        """The next samples [1920] of every stream, and its state after them."""
        latents, backbones = self._latents(turns)
        places = [turn.state.place for turn in turns]
        white = torch.stack([even_noise(place, FRAME) for place in places])
        before = DecoderState.joined([turn.state.decoder for turn in turns])
        samples, after = self.decoder(self._codec_latents(latents), white, before)
        return [
            (samples[i], VoiceState(backbone, latents[i : i + 1], after.row(i), place + FRAME))
            for i, (backbone, place) in enumerate(zip(backbones, places, strict=True))
        ]

    def unheard(self, turn: Turn, frames: int) -> VoiceState:
        """The state after frames of one text that nobody will hear: decoded all in one go."""
        state = turn.state
        latents = []
        for _ in range(frames):
            latent, (backbone,) = self._latents([Turn(turn.condition, state, turn.noise)])
            state = replace(state, backbone=backbone, latent=latent)
            latents.append(latent)
        codec_latents = self._codec_latents(torch.cat(latents, 1))
        white = even_noise(state.place, frames * FRAME)[None]
        _, decoder = self.decoder(codec_latents, white, state.decoder)
        return replace(state, decoder=decoder, place=state.place + frames * FRAME)

    def _latents(self, turns: Sequence[Turn]) -> tuple[Tensor, list[BackboneState]]:
        """The next latent of every stream [streams, 1, latent], and what the backbone remembers."""
        size = self.network.shape.latent
        hidden, backbones = self.network.backbone.together(
            torch.cat([turn.state.latent for turn in turns]),
            torch.cat([turn.condition for turn in turns]),
            [turn.state.backbone for turn in turns],
        )
        random = torch.cat([torch.randn(1, size, generator=turn.noise) for turn in turns])
        latents = self.network.flow.sample(random * self.temperature, hidden[:, 0], self.schedule)
        return latents[:, None], backbones

    def _codec_latents(self, latents: Tensor) -> Tensor:
        """Latents as the codec was trained on: all but the pitch bounded."""
        codec_latents = self.network.codec_latents(latents)
        codec_latents[..., : self.decoder.shape.latent].clamp_(-1, 1)
        return codec_latents
