"""One step of the codec's training after another, and the checkpoint between them."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from tts.codec import FRAME
from tts.training.codec_network import Codec, Resynthesis
from tts.training.codec_settings import CodecSettings, Stage
from tts.training.crops import Crops, Draw
from tts.training.discriminator import Discriminators, fooling_loss, telling_loss
from tts.training.losses import (
    DisturbanceLoss,
    PhaseLoss,
    SpectralLoss,
    feature_error,
)
from tts.training.settings import step_seed

WEIGHTS = {"mel": 1.0, "bins": 0.4, "disturbance": 0.3, "phase": 0.1}
FOOLING, FEATURES = 1 / 15, 2 / 15
JUDGED = 9600
"""Samples of each crop that the discriminators hear."""
IN_PHASE = 0.5
"""Share of a batch played in the recorded phase; the others run free, as in speaking."""
LONGEST_MEMORY = 0.998
"""Of the averaged weights, a step."""

Losses = dict[str, float]


class Trainer:
    """The networks, their optimizers, and how far they are.

    Every step draws from a seed of its own: stopping and going on changes nothing.
    """

    def __init__(self, codec: Codec, settings: CodecSettings) -> None:
        self.codec, self.settings, self.step = codec, settings, 0
        self.discriminators = Discriminators()
        self.average = {n: t.detach().clone() for n, t in codec.state_dict().items()}
        self._learning = torch.optim.AdamW(
            codec.parameters(), betas=(0.8, 0.99), weight_decay=0.01, fused=True
        )
        self._judging = torch.optim.AdamW(
            self.discriminators.parameters(), betas=(0.8, 0.99), fused=True
        )
        self._spectral, self._phase = SpectralLoss(), PhaseLoss()
        self._disturbance = DisturbanceLoss()

    def advance(self, draw: Draw) -> Losses:
        """One step; its losses by name."""
        torch.manual_seed(step_seed(self.settings.seed, self.step))
        crops = draw(self.settings.batch)
        for group in (*self._learning.param_groups, *self._judging.param_groups):
            group["lr"] = self.settings.learning_rate(self.step)
        match self.settings.stage(self.step):
            case Stage.REGRESSION:
                terms = self._regression(crops)
            case Stage.JUDGING:
                terms = self._judge_only(crops)
            case Stage.ADVERSARIAL:
                terms = self._adversarial(crops)
        self.step += 1
        return {name: float(value.detach()) for name, value in terms.items()}

    def _regression(self, crops: Crops) -> dict[str, Tensor]:
        terms = self.signal_terms(self.codec(crops, self._in_phase), crops)
        self._learn(signal_loss(terms))
        return terms

    def _judge_only(self, crops: Crops) -> dict[str, Tensor]:
        with torch.no_grad():
            made = self.codec(crops, self._in_phase)
        return {"telling": self._judge(*judged(crops, made))}

    def _adversarial(self, crops: Crops) -> dict[str, Tensor]:
        made = self.codec(crops, self._in_phase)
        recording, resynthesis = judged(crops, made)
        terms = self.signal_terms(made, crops)
        terms["telling"] = self._judge(recording, resynthesis)
        self.discriminators.requires_grad_(False)
        with torch.no_grad():
            meant = self.discriminators(recording)
        heard = self.discriminators(resynthesis)
        terms["fooling"] = fooling_loss(heard)
        terms["features"] = feature_error(heard.features, meant.features)
        adversarial = FOOLING * terms["fooling"] + FEATURES * terms["features"]
        self._learn(signal_loss(terms) + adversarial)
        return terms

    @property
    def _in_phase(self) -> int:
        return round(IN_PHASE * self.settings.batch)

    def signal_terms(self, made: Resynthesis, crops: Crops) -> dict[str, Tensor]:
        """Losses that need no discriminator; the first latent only gives the others a past."""
        heard = slice(FRAME, None)
        resynthesis, recording = made.samples[:, heard], crops.samples[:, heard]
        in_phase = slice(self._in_phase)
        mel, bins = self._spectral(resynthesis, recording)
        return {
            "mel": mel,
            "bins": bins,
            "disturbance": self._disturbance(resynthesis, recording, crops.level),
            "phase": self._phase(made.harmonics[in_phase, heard], recording[in_phase]),
        }

    def _judge(self, recording: Tensor, resynthesis: Tensor) -> Tensor:
        """The discriminators' step."""
        self.discriminators.requires_grad_(True)
        told = self.discriminators(recording), self.discriminators(resynthesis.detach())
        loss = telling_loss(*told)
        self._judging.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self._judging.step()
        return loss

    def _learn(self, loss: Tensor) -> None:
        """The codec's step, and its averaged weights."""
        self._learning.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.codec.parameters(), 1.0)
        self._learning.step()
        self.codec.decoder.keep_pitch()
        keep = min(LONGEST_MEMORY, self.step / (self.step + 20))
        with torch.no_grad():
            for name, tensor in self.codec.state_dict().items():
                self.average[name].lerp_(tensor, 1 - keep)

    def save(self, path: Path) -> None:
        """Write everything that the next step depends on."""
        state = {
            "step": self.step,
            "codec": self.codec.state_dict(),
            "average": self.average,
            "discriminators": self.discriminators.state_dict(),
            "optimizer": self._learning.state_dict(),
            "judging": self._judging.state_dict(),
        }
        partial = path.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(path)

    def resume(self, path: Path) -> None:
        """Go on from a checkpoint, under the settings given now."""
        state = torch.load(path, weights_only=True)
        self.step, self.average = state["step"], state["average"]
        self.codec.load_state_dict(state["codec"])
        self.discriminators.load_state_dict(state["discriminators"])
        self._learning.load_state_dict(state["optimizer"])
        self._judging.load_state_dict(state["judging"])


def signal_loss(terms: dict[str, Tensor]) -> Tensor:
    """The weighted sum of the losses that need no discriminator."""
    return torch.stack([weight * terms[name] for name, weight in WEIGHTS.items()]).sum()


def judged(crops: Crops, made: Resynthesis) -> tuple[Tensor, Tensor]:
    """The pieces of recordings and resynthesis that the discriminators hear."""
    latest = crops.samples.shape[1] - JUDGED
    start = int(torch.randint(FRAME, latest + 1, ()))
    piece = slice(start, start + JUDGED)
    return crops.samples[:, piece], made.samples[:, piece]
