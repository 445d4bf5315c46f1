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


@dataclass(frozen=True)
class VoiceState:
    """What carries the sound from frame to frame: the networks' streaming states."""

    backbone: BackboneState
    latent: Tensor
    decoder: DecoderState


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

    def frames(self, turns: Sequence[Turn]) -> list[tuple[Tensor, VoiceState]]:
        """The next samples [1920] of every stream, and its state after them."""
        latents, backbones = self._latents(turns)
        white = torch.cat([torch.randn(1, FRAME, generator=turn.noise) for turn in turns])
        before = DecoderState.joined([turn.state.decoder for turn in turns])
        samples, after = self.decoder(self._codec_latents(latents), white, before)
        return [
            (samples[i], VoiceState(backbone, latents[i : i + 1], after.row(i)))
            for i, backbone in enumerate(backbones)
        ]

    def unheard(self, turn: Turn, frames: int) -> VoiceState:
        """The state after frames of one text that nobody will hear: decoded all in one go."""
        state = turn.state
        latents, white = [], []
        for _ in range(frames):
            latent, (backbone,) = self._latents([Turn(turn.condition, state, turn.noise)])
            state = VoiceState(backbone, latent, state.decoder)
            latents.append(latent)
            white.append(torch.randn(1, FRAME, generator=turn.noise))
        codec_latents = self._codec_latents(torch.cat(latents, 1))
        _, decoder = self.decoder(codec_latents, torch.cat(white, 1), state.decoder)
        return VoiceState(state.backbone, state.latent, decoder)

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
