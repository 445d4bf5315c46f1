"""Classifier-free guidance (Ho and Salimans, 2022), learned: it makes speech clearer at no cost.

A network that was never told the text says what could come next after any speech. Guidance leads
away from it, by as much again as the text makes of a difference (`strength` 2) or so; a network
that learns the guided velocity (Meng et al., 2023) needs one pass for it instead of two.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from tts.network import VoiceNetwork
from tts.settings import SpeakingSettings
from tts.training.cuts import glimpse
from tts.training.examples import Batch
from tts.training.objective import NOISES_PER_FRAME, SpeakingNetwork, Way, past, told

STEPS = SpeakingSettings().flow_steps
"""Euler steps in which it will speak: half of the points asked for are where these begin."""


def textless_hidden(network: VoiceNetwork, before: Tensor) -> Tensor:
    """Backbone's output [batch, frames, width], told the latents before each frame alone."""
    nothing = network.backbone.condition_in.bias.expand(*before.shape[:2], -1)
    hidden: Tensor
    hidden, _ = network.backbone(before, nothing)
    return hidden


def textless(
    model: SpeakingNetwork, batch: Batch, random: torch.Generator
) -> tuple[Tensor, Tensor]:
    """The objective of speech whose text is not told. There are no durations to learn: 0."""
    network = model.network
    hidden = textless_hidden(network, past(network, batch, random))
    latents = batch.latents[batch.frame_mask].repeat(NOISES_PER_FRAME, 1)
    times = torch.sigmoid(torch.randn(len(latents), generator=random))
    way = Way(times, torch.randn(latents.shape, generator=random), latents)
    velocity = way.velocity(network, hidden[batch.frame_mask])
    return (velocity - (latents - way.noise)).square().mean(), velocity.new_zeros(())


@dataclass(frozen=True)
class Guided:
    """The objective of what `teacher` says when it is guided away from the `textless` network.

    `strength` 1 is no guidance. Durations are the teacher's own.
    """

    teacher: SpeakingNetwork
    textless: VoiceNetwork
    strength: float

    def __call__(
        self, model: SpeakingNetwork, batch: Batch, random: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Error of the velocity, and mean error of log durations. All noise is from `random`."""
        network = model.network
        early = glimpse(batch, random)
        before = past(network, batch, random)
        latents = batch.latents[batch.frame_mask].repeat(NOISES_PER_FRAME, 1)
        anywhere = torch.rand(len(latents), generator=random)
        at_a_step = torch.rand(len(latents), generator=random) < 0.5
        times = torch.where(at_a_step, (anywhere * STEPS).floor() / STEPS, anywhere)
        way = Way(times, torch.randn(latents.shape, generator=random), latents)
        with torch.no_grad():
            teacher = self.teacher.network
            speakers = self.teacher.speakers[batch.speakers]
            conditions, meant = told(teacher, speakers, batch, early)
            hidden, _ = teacher.backbone(before, conditions)
            clear = way.velocity(teacher, hidden[batch.frame_mask])
            hidden = textless_hidden(self.textless, before)
            any_text = way.velocity(self.textless, hidden[batch.frame_mask])
            guided = torch.lerp(any_text, clear, self.strength)
        conditions, log_units = told(network, model.speakers[batch.speakers], batch, early)
        hidden, _ = network.backbone(before, conditions)
        velocity = way.velocity(network, hidden[batch.frame_mask])
        duration_errors = (log_units - meant).abs()[batch.symbol_mask]
        return (velocity - guided).square().mean(), duration_errors.mean()
