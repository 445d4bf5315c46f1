"""What training makes small: the flow-matching error, and the error of durations."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from tts.network import SLOTS_PER_FRAME, VoiceNetwork
from tts.training.cuts import glimpse
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


def losses(model: SpeakingNetwork, batch: Batch, random: torch.Generator) -> tuple[Tensor, Tensor]:
    """Flow-matching error, and mean error of log durations.

    Half of the sentences are spoken as a stream is: their first clause before the rest is known.
    Durations teach the speakers' vectors but not the text encoder. All noise is from `random`.
    """
    network = model.network
    speakers = model.speakers[batch.speakers]
    early = glimpse(batch, random)
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
    first = network.backbone.first_latent.expand(len(batch.latents), 1, -1)
    before = torch.cat((first, batch.latents[:, :-1]), 1)
    amount = torch.rand(len(before), 1, 1, generator=random) * LATENT_NOISE
    before = before + torch.randn(before.shape, generator=random) * amount
    hidden, _ = network.backbone(before, network.backbone.condition_in(per_frame))
    hidden = hidden[batch.frame_mask].repeat(NOISES_PER_FRAME, 1)
    target = batch.latents[batch.frame_mask].repeat(NOISES_PER_FRAME, 1)
    # Logit-normal times (Esser et al., 2024): the middle of the way is the hard part.
    times = torch.sigmoid(torch.randn(len(target), generator=random))
    noise = torch.randn(target.shape, generator=random)
    points = torch.lerp(noise, target, times[:, None])
    velocity = network.flow(points, times, hidden)
    flow_loss = (velocity.float() - (target - noise)).square().mean()
    duration_errors = (log_units - torch.log(batch.units + 1)).abs()
    return flow_loss, duration_errors[batch.symbol_mask].mean()
