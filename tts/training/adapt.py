"""Adapts the voice to a new speaker from a few minutes of speech.

First the speaker's vector alone, from that of the present speaker who fits best; then also a
low-rank change to every linear layer (Hu et al., LoRA, 2021). The network itself is not touched:
its other speakers stay what they are to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn
from torch.nn.utils import parametrize

from tts.network import VoiceNetwork
from tts.speaker import Speaker
from tts.training.examples import Corpus, collate, draw
from tts.training.objective import SpeakingNetwork, losses
from tts.training.precision import fast_products
from tts.training.settings import step_seed
from tts.training.train import DURATION_WEIGHT, Errors, evaluate

Tell = Callable[[str], None]


class AdaptationSettings(BaseModel):
    """How long and how strongly a voice is adapted."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    steps: int = Field(default=300, ge=2, description="Steps in all.")
    vector_steps: int = Field(default=60, ge=1, description="First steps, on the vector alone.")
    batch: int = Field(default=8, ge=1, description="Utterances a step.")
    rank: int = Field(default=16, ge=1, description="Rank of the changes to each layer.")
    rate: float = Field(default=2e-3, gt=0, description="Learning rate of the changes.")
    vector_rate: float = Field(default=1e-2, gt=0, description="Learning rate of the vector.")
    seed: int = Field(default=0, ge=0, description="Seed of order and noise.")
    check_every: int = Field(default=50, ge=1, description="Steps between held-out errors.")


class LowRankChange(nn.Module):
    """weight [out, in] -> weight + a product of rank `rank`, which is zero at first."""

    def __init__(self, weight: Tensor, rank: int, random: torch.Generator) -> None:
        super().__init__()
        out, into = weight.shape
        self.out = nn.Parameter(torch.zeros(out, rank))
        self.into = nn.Parameter(torch.randn(rank, into, generator=random) * into**-0.5)

    def forward(self, weight: Tensor) -> Tensor:
        """The weight with the change made."""
        return weight + self.out @ self.into


def make_changeable(
    network: VoiceNetwork, rank: int, random: torch.Generator
) -> dict[str, LowRankChange]:
    """Give every linear layer a change to learn; the changes by the layers' names."""
    linear = {n: m for n, m in network.named_modules() if isinstance(m, nn.Linear)}
    changes = {}
    for name, layer in linear.items():
        changes[name] = LowRankChange(layer.weight, rank, random)
        parametrize.register_parametrization(layer, "weight", changes[name])
    return changes


def nearest(network: VoiceNetwork, known: Mapping[str, Speaker], corpus: Corpus) -> str:
    """The known speaker with whose vector the network predicts held-out clips best."""
    model = SpeakingNetwork(network, 1)
    batch = collate(corpus.held_out)

    def error(name: str) -> float:
        with torch.no_grad():
            model.speakers[0] = known[name].vector
        return evaluate(model, batch).flow

    return min(known, key=error)


def adapt(
    network: VoiceNetwork,
    start: Tensor,
    corpus: Corpus,
    settings: AdaptationSettings,
    tell: Tell,
) -> Speaker:
    """A new speaker, from a vector to start from and examples of its speech.

    `network` is left with its changes made: load it anew for other uses.
    """
    network.train().requires_grad_(False)
    model = SpeakingNetwork(network, 1)
    with torch.no_grad():
        model.speakers[0] = start
    held_out = collate(corpus.held_out)
    tell(f"before: {_words(evaluate(model, held_out))}")
    changes = make_changeable(network, settings.rank, torch.Generator().manual_seed(settings.seed))
    learned = [p for change in changes.values() for p in change.parameters()]
    optimizer = torch.optim.AdamW(
        [{"params": [model.speakers]}, {"params": learned}],
        settings.rate,
        betas=(0.9, 0.95),
        weight_decay=0.0,
    )
    for step in range(settings.steps):
        random = torch.Generator().manual_seed(step_seed(settings.seed, step))
        batch = draw([corpus], settings.batch, random)
        left = 1 - step / settings.steps
        alone = step < settings.vector_steps
        rates = (settings.vector_rate * left, 0.0 if alone else settings.rate * left)
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate
        with fast_products():
            flow, durations = losses(model, batch, random)
        optimizer.zero_grad()
        (flow + DURATION_WEIGHT * durations).backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_([model.speakers, *learned], 1.0)
        optimizer.step()
        if (step + 1) % settings.check_every == 0 or step + 1 == settings.steps:
            tell(f"step {step + 1} of {settings.steps}: {_words(evaluate(model, held_out))}")
    pairs = {name: (c.out.detach(), c.into.detach()) for name, c in changes.items()}
    return Speaker(model.speakers[0].detach(), pairs)


def _words(errors: Errors) -> str:
    return f"held-out flow {errors.flow:.4f} durations {errors.durations:.4f}"
