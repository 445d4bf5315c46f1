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
from tts.training.objective import SpeakingNetwork, middle_times, past, spoken, way_of

STEPS = SpeakingSettings().flow_steps
"""Euler steps in which it will speak: half of the points asked for are where these begin."""


def step_times(count: int, random: torch.Generator) -> Tensor:
    """Times [count], half of them where a step begins."""
    anywhere = torch.rand(count, generator=random)
    at_a_step = torch.rand(count, generator=random) < 0.5
    return torch.where(at_a_step, (anywhere * STEPS).floor() / STEPS, anywhere)


def untold(network: VoiceNetwork, batch: Batch, before: Tensor) -> Tensor:
    """What the backbone makes of the past alone [frames, width]."""
    nothing = network.backbone.condition_in.bias.expand(*before.shape[:2], -1)
    hidden: Tensor
    hidden, _ = network.backbone(before, nothing)
    return hidden[batch.frame_mask]


def textless(
    model: SpeakingNetwork, batch: Batch, random: torch.Generator
) -> tuple[Tensor, Tensor]:
    """The objective of speech whose text is not told. There are no durations to learn: 0."""
    network = model.network
    hidden = untold(network, batch, past(network, batch, random))
    way = way_of(batch, random, middle_times)
    flow_loss = (way.velocity(network, hidden) - way.straight).square().mean()
    return flow_loss, flow_loss.new_zeros(())


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
        early = glimpse(batch, random)
        before = past(model.network, batch, random)
        way = way_of(batch, random, step_times)
        with torch.no_grad():
            hidden, meant = spoken(self.teacher, batch, early, before)
            clear = way.velocity(self.teacher.network, hidden)
            any_text = way.velocity(self.textless, untold(self.textless, batch, before))
            guided = torch.lerp(any_text, clear, self.strength)
        hidden, log_units = spoken(model, batch, early, before)
        velocity = way.velocity(model.network, hidden)
        duration_errors = (log_units - meant).abs()[batch.symbol_mask]
        return (velocity - guided).square().mean(), duration_errors.mean()
