"""Trains the network that turns text into latents, for one speaker or several.

On the CPU; needs no GPU: 100 minutes on one core from three hours of speech are enough
to be understood. Every step draws from a seed of its own, so that a training which was stopped and
taken up again ends with the very weights of one that was not.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from tts.network import NetworkShape, VoiceNetwork
from tts.training.examples import Batch, Corpus, collate, draw
from tts.training.objective import Objective, SpeakingNetwork, losses
from tts.training.precision import fast_products
from tts.training.settings import TrainingError, TrainingSettings, step_seed

DURATION_WEIGHT = 0.2
LONGEST_AVERAGE = 0.997
CHECKED_WITH = 1
"""Seed of the noise in held-out losses: the same at every step."""


@dataclass(frozen=True)
class Errors:
    """Flow-matching error and error of log durations."""

    flow: float
    durations: float


def learning_rate(step: int, settings: TrainingSettings) -> float:
    """Rising in a straight line, level, then falling in one to zero."""
    rise = (step + 1) / settings.warm_up
    fall = (settings.steps - step) / settings.cool_down
    return settings.rate * max(0.0, min(1.0, rise, fall))


class Training:
    """A training under way: the model, its average over steps, and the optimizer."""

    def __init__(
        self,
        network: VoiceNetwork,
        names: Sequence[str],
        settings: TrainingSettings,
        speakers: Mapping[str, Tensor] | None = None,
        objective: Objective = losses,
    ) -> None:
        self.settings = settings
        self.objective = objective
        self.names = tuple(names)
        self.model = SpeakingNetwork(network, len(names)).train().requires_grad_(True)
        for name, vector in (speakers or {}).items():
            self.model.speakers.data[self.names.index(name)] = vector
        self.averaged = copy.deepcopy(self.model).eval().requires_grad_(False)
        self.step = 0
        self.optimizer = torch.optim.AdamW(
            [
                {"params": list(self.model.network.parameters()), "weight_decay": 0.02},
                {"params": [self.model.speakers], "weight_decay": 0.0},
            ],
            settings.rate,
            betas=(0.9, 0.95),
        )

    def advance(self, corpora: Sequence[Corpus]) -> Errors:
        """One step; the errors before it."""
        random = torch.Generator().manual_seed(step_seed(self.settings.seed, self.step))
        batch = draw(corpora, self.settings.batch, random)
        rate = learning_rate(self.step, self.settings)
        for group, factor in zip(
            self.optimizer.param_groups, (1.0, self.settings.speaker_rate), strict=True
        ):
            group["lr"] = rate * factor
        with fast_products():
            flow, durations = self.objective(self.model, batch, random)
        self.optimizer.zero_grad()
        (flow + DURATION_WEIGHT * durations).backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.step += 1
        self._average()
        return Errors(flow.item(), durations.item())

    def _average(self) -> None:
        """Take the new weights into the exponential average, quick at first."""
        keep = min(LONGEST_AVERAGE, self.step / (self.step + 10))
        with torch.no_grad():
            for mean, tensor in zip(
                self.averaged.state_dict().values(),
                self.model.state_dict().values(),
                strict=True,
            ):
                mean.lerp_(tensor, 1 - keep)

    def held_out(self, corpora: Mapping[str, Corpus]) -> dict[str, Errors]:
        """Errors of the averaged weights on each speaker's held-out clips."""
        return {
            name: evaluate(self.averaged, collate(corpus.held_out), self.objective)
            for name, corpus in corpora.items()
        }

    def save(self, path: Path) -> None:
        """Write everything that going on needs."""
        state = {
            "model": self.model.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
        }
        partial = path.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(path)

    def take_up(self, path: Path) -> None:
        """Go on from a checkpoint.

        Raises:
            TrainingError: it is of another training.
        """
        try:
            state = torch.load(path, weights_only=True)
            self.model.load_state_dict(state["model"])
            self.averaged.load_state_dict(state["averaged"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.step = state["step"]
        except (RuntimeError, KeyError, ValueError, EOFError) as error:
            raise TrainingError(
                f"{path} is of another training: name another folder, or remove it."
            ) from error


@torch.no_grad()
def evaluate(model: SpeakingNetwork, batch: Batch, objective: Objective = losses) -> Errors:
    """Errors on a batch, with the same noise each time."""
    random = torch.Generator().manual_seed(CHECKED_WITH)
    with fast_products():
        flow, durations = objective(model, batch, random)
    return Errors(flow.item(), durations.item())


def fresh(shape: NetworkShape, mean: Tensor, spread: Tensor, seed: int) -> VoiceNetwork:
    """A network that has learned nothing, for latents of this mean and spread."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = VoiceNetwork(shape)
    network.latent_mean.copy_(mean)
    network.latent_spread.copy_(spread)
    return network
