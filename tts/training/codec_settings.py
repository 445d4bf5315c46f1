"""What can be set about the codec's training, and its schedule."""

from __future__ import annotations

import math
from enum import Enum

from pydantic import BaseModel, ConfigDict, Field


class Stage(Enum):
    """What is learned in a step."""

    REGRESSION = "the codec alone, on signals"
    JUDGING = "the discriminators alone"
    ADVERSARIAL = "both, against each other"


class CodecSettings(BaseModel):
    """Settings of `python -m tts.training.codec`: a TOML file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    corpora: tuple[str, ...] = Field(
        min_length=1, description="Corpus files (.jsonl), one for each voice."
    )
    folder: str = Field(
        default="codec", min_length=1, description="Where checkpoint, curve and samples go."
    )
    encoder: str = Field(
        default="",
        description='Encoder (encoder.safetensors) to train a decoder for; "" trains one too.',
    )
    decoder: str = Field(
        default="", description='Decoder (codec.safetensors) to start from; "" is none.'
    )
    regression: int = Field(default=8000, ge=0, description="Steps of the first stage.")
    judging: int = Field(
        default=300, ge=0, description="Steps in which only the discriminators learn."
    )
    adversarial: int = Field(default=4000, ge=0, description="Steps of the last stage.")
    rate: float = Field(default=5e-4, gt=0, description="Highest learning rate.")
    adversarial_rate: float = Field(
        default=2e-4, gt=0, description="Learning rate where the last stage begins."
    )
    last_rate: float = Field(default=1e-5, gt=0, description="Learning rate at the end.")
    warm_up: int = Field(default=200, ge=1, description="Steps in which the rate rises.")
    batch: int = Field(default=8, ge=2, description="Crops a step.")
    latents: int = Field(default=10, ge=6, description="Latents of 80 ms a crop.")
    held_out: int = Field(default=6, ge=1, description="First clips of a corpus never trained on.")
    seed: int = Field(default=0, ge=0, description="Seed of first weights, crops and noise.")
    threads: int = Field(default=1, ge=1, description="CPU threads.")
    save_every: int = Field(default=250, ge=1, description="Steps between checkpoints.")
    sample_every: int = Field(default=1000, ge=1, description="Steps between samples and weights.")

    @property
    def steps(self) -> int:
        """Steps of all stages."""
        return self.regression + self.judging + self.adversarial

    def stage(self, step: int) -> Stage:
        """The stage a step belongs to."""
        if step < self.regression:
            return Stage.REGRESSION
        return Stage.JUDGING if step < self.regression + self.judging else Stage.ADVERSARIAL

    def learning_rate(self, step: int) -> float:
        """Rises, then falls as a cosine; once more from where the discriminators join."""
        if self.stage(step) is Stage.REGRESSION:
            start, end, peak, last = 0, self.regression, self.rate, self.adversarial_rate
        else:
            start, end = self.regression, self.steps
            peak, last = self.adversarial_rate, self.last_rate
        falling = 0.5 * (1 + math.cos(math.pi * (step - start) / (end - start)))
        return min(1, (step - start + 1) / self.warm_up) * (last + (peak - last) * falling)
