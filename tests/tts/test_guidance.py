"""Guidance: away from speech that was not told its text, and learned by another network."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest
import torch

from tts.network import NetworkShape, VoiceNetwork
from tts.training.examples import Batch, Corpus, collate, corpora
from tts.training.guidance import Guided, textless
from tts.training.objective import Objective, SpeakingNetwork, losses
from tts.training.settings import TrainingSettings
from tts.training.train import Training

SMALL = NetworkShape(
    symbols=20, latent=36, text_width=32, text_heads=2, text_layers=1, width=32, heads=2,
    layers=1, flow_width=32, flow_layers=1,
)  # fmt: skip


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(0)


def speaking() -> SpeakingNetwork:
    """A network whose velocity depends on the text and on who speaks."""
    model = SpeakingNetwork(VoiceNetwork(SMALL), 1).requires_grad_(False)
    for parameter in model.parameters():
        parameter += 0.1 * torch.randn(parameter.shape)
    return model


def corpus() -> Corpus:
    rows = [
        {
            "z": torch.randn(6 + n, 36),
            "sym": torch.randint(1, 20, (4,)),
            "dur": torch.full((4,), (6 + n) * 1920 / 600 / 4),
        }
        for n in range(8)
    ]
    return corpora({"one": rows}, 2, VoiceNetwork(SMALL))["one"]


def batch() -> Batch:
    return collate(corpus().training)


def error(objective: Objective, model: SpeakingNetwork, shown: Batch) -> float:
    flow, _ = objective(model, shown, torch.Generator().manual_seed(1))
    return float(flow)


def test_without_its_text_no_text_matters() -> None:
    model, shown = speaking(), batch()
    other = replace(shown, symbols=shown.symbols.flip(1))
    assert error(textless, model, shown) == error(textless, model, other)
    assert error(losses, model, shown) != error(losses, model, other)


def test_a_teacher_is_off_what_it_teaches_by_how_far_it_is_guided() -> None:
    teacher, other, shown = speaking(), speaking().network, batch()
    errors = [error(Guided(teacher, other, strength), teacher, shown) for strength in (1, 2, 3)]
    assert errors[0] == pytest.approx(0, abs=1e-9)
    assert errors[1] > 1e-3
    assert errors[2] == pytest.approx(4 * errors[1], rel=1e-4)


def test_guidance_leads_from_the_textless_beyond_the_teacher() -> None:
    teacher, shown = speaking(), batch()
    # As begun, a head's velocity is its last bias, whatever it is told.
    other = VoiceNetwork(SMALL)
    other.flow.latent_out.bias.data.fill_(1.0)
    double = copy.deepcopy(teacher)
    # From 1 to v and as far again: 2 v - 1.
    double.network.flow.latent_out.weight.mul_(2)
    double.network.flow.latent_out.bias.mul_(2).sub_(1)
    assert error(Guided(teacher, other, 2), double, shown) == pytest.approx(0, abs=1e-9)


def test_guidance_can_be_learned() -> None:
    objective = Guided(speaking(), speaking().network, 2.0)
    settings = TrainingSettings(
        corpora={"one": "one.jsonl"}, steps=60, warm_up=2, cool_down=30, batch=6, rate=3e-3
    )
    start = copy.deepcopy(objective.teacher.network)
    training = Training(start, ["one"], settings, {"one": objective.teacher.speakers[0]}, objective)
    spoken = corpus()
    before = training.held_out({"one": spoken})["one"]
    for _ in range(60):
        training.advance([spoken])
    assert before.durations == pytest.approx(0, abs=1e-6)
    assert training.held_out({"one": spoken})["one"].flow < 0.8 * before.flow
