"""What training makes small: the flow-matching error, and the error of durations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tts.network import SLOTS_PER_FRAME, VoiceNetwork
from tts.training.cuts import Glimpse, glimpse
from tts.training.examples import Batch

LATENT_NOISE = 0.4
"""Most noise added to the previous latent (in spreads): free running then stays stable."""
NOISES_PER_FRAME = 2


class SpeakingNetwork(nn.Module):
    """The network and the vectors of those who speak with it, one row each."""

    def __init__(self, network: VoiceNetwork, speakers: int) -> None:
        super().__init__()
        self.network = network
        self.speakers = nn.Parameter(torch.zeros(speakers, network.speaker_width))


Objective = Callable[[SpeakingNetwork, Batch, torch.Generator], tuple[Tensor, Tensor]]
"""(model, batch, noise) -> flow-matching error, and mean error of log durations."""


@dataclass(frozen=True)
class Way:
    """Where on the way from noise to latents the velocity is asked for, several times a frame.

    `times` [n] in [0, 1], `noise` and `latents` [n, latent]: n / NOISES_PER_FRAME frames, in turns.
    """

    times: Tensor
    noise: Tensor
    latents: Tensor

    @property
    def straight(self) -> Tensor:
        """The velocity that leads from the noise to the latents [n, latent]."""
        return self.latents - self.noise

    def velocity(self, network: VoiceNetwork, hidden: Tensor) -> Tensor:
        """The network's velocity there [n, latent], given hidden [frames, width]."""
        points = torch.lerp(self.noise, self.latents, self.times[:, None])
        velocity: Tensor = network.flow(points, self.times, hidden.repeat(NOISES_PER_FRAME, 1))
        return velocity.float()


def way_of(
    batch: Batch, random: torch.Generator, times: Callable[[int, torch.Generator], Tensor]
) -> Way:
    """Ways to a batch's frames, at as many times as are asked for and drawn here."""
    latents = batch.latents[batch.frame_mask].repeat(NOISES_PER_FRAME, 1)
    drawn = times(len(latents), random)
    return Way(drawn, torch.randn(latents.shape, generator=random), latents)


def middle_times(count: int, random: torch.Generator) -> Tensor:
    """Logit-normal times (Esser et al., 2024): the middle of the way is the hard part."""
    return torch.sigmoid(torch.randn(count, generator=random))


def past(network: VoiceNetwork, batch: Batch, random: torch.Generator) -> Tensor:
    """The latent before each frame [batch, frames, latent], with some noise."""
    first = network.backbone.first_latent.expand(len(batch.latents), 1, -1)
    before = torch.cat((first, batch.latents[:, :-1]), 1)
    amount = torch.rand(len(before), 1, 1, generator=random) * LATENT_NOISE
    return before + torch.randn(before.shape, generator=random) * amount


def spoken(
    model: SpeakingNetwork, batch: Batch, early: Glimpse, before: Tensor
) -> tuple[Tensor, Tensor]:
    """What the backbone makes of text and past [frames, width], log durations [batch, symbols].

    What is heard early is told as it was known then. Durations teach the speakers' vectors but
    not the text encoder.
    """
    network = model.network
    speakers = model.speakers[batch.speakers]
    known = network.encode(early.symbols, speakers, early.mask)
    encoded = network.encode(batch.symbols, speakers, batch.symbol_mask)
    after = speakers.chunk(2, -1)[1][:, None]
    own = after - after.detach()
    log_units = torch.where(
        early.clause,
        network.durations(known.detach() + own),
        network.durations(encoded.detach() + own),
    ).float()
    index = batch.slots[..., None].expand(-1, -1, encoded.shape[-1])
    in_slots = torch.where(early.heard[..., None], known.gather(1, index), encoded.gather(1, index))
    per_frame = in_slots.reshape(len(in_slots), -1, SLOTS_PER_FRAME * in_slots.shape[-1])
    hidden, _ = network.backbone(before, network.backbone.condition_in(per_frame))
    return hidden[batch.frame_mask], log_units


def losses(model: SpeakingNetwork, batch: Batch, random: torch.Generator) -> tuple[Tensor, Tensor]:
    """The objective of speech as it was recorded.

    Half of the sentences are spoken as a stream is: their first clause before the rest is known.
    All noise is from `random`.
    """
    network = model.network
    early = glimpse(batch, random)
    hidden, log_units = spoken(model, batch, early, past(network, batch, random))
    way = way_of(batch, random, middle_times)
    flow_loss = (way.velocity(network, hidden) - way.straight).square().mean()
    duration_errors = (log_units - torch.log(batch.units + 1)).abs()
    return flow_loss, duration_errors[batch.symbol_mask].mean()
