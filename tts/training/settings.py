"""What can be set about training, and the file that says so."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError


class TrainingError(ValueError):
    """Training cannot go on; the message is one sentence: what is wrong and what to do."""


class Guidance(BaseModel):
    """Learning what trained weights say when they are guided away from a textless training."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    teacher: str = Field(
        description="The network weights that are guided; their folder voices knows all speakers."
    )
    textless: str = Field(
        description='Network weights of a training with the objective "textless".'
    )
    strength: float = Field(
        default=2.0, gt=1, le=5, description="1 would be no guidance, 2 twice the text's say."
    )


class TrainingSettings(BaseModel):
    """Settings of `parley voice train`: a TOML file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    folder: str = Field(
        default="training", min_length=1, description="Where checkpoint, curve and samples go."
    )
    corpora: dict[str, str | tuple[str, ...]] = Field(
        min_length=1, description="Corpus files (.jsonl) of every speaker, by the speaker's name."
    )
    start: str = Field(
        default="",
        description=(
            "Network weights to start from (voice.safetensors), and speakers where the folder "
            'voices beside them has them; "" is none.'
        ),
    )
    objective: Literal["speech", "textless"] | Guidance = Field(
        default="speech",
        description=(
            'What is learned: the corpora\'s "speech"; "textless", their speech without being told '
            "its text; or a table: what weights say when they are guided away from such a training."
        ),
    )
    encoder: str = Field(
        default="",
        description='The codec\'s encoder (encoder.safetensors); "" is that in tts/weights.',
    )
    steps: int = Field(default=4000, ge=1, description="Training steps.")
    warm_up: int = Field(default=150, ge=1, description="Steps in which the rate rises.")
    cool_down: int = Field(
        default=3000, ge=1, description="Steps at the end in which the rate falls to zero."
    )
    batch: int = Field(
        default=16,
        ge=1,
        description="Utterances a step; a speaker with four times the clips has twice as many.",
    )
    rate: float = Field(default=7e-4, gt=0, description="Highest learning rate.")
    speaker_rate: float = Field(
        default=5.0, gt=0, description="How much faster than the rest the speakers' vectors learn."
    )
    seed: int = Field(default=0, ge=0, description="Seed of first weights, order and noise.")
    threads: int = Field(default=1, ge=1, description="CPU threads.")
    held_out: int = Field(
        default=8, ge=1, description="First clips of every corpus that are only listened to."
    )
    save_every: int = Field(
        default=50, ge=1, description="Steps between checkpoints, each with a held-out loss."
    )
    sample_every: int = Field(default=500, ge=1, description="Steps between spoken samples.")
    sample_texts: tuple[str, ...] = Field(
        default=(
            "Sure, I can help you with that. Your order shipped yesterday.",
            "Would you like to book the appointment for Tuesday or Wednesday?",
        ),
        description="What the samples say.",
    )


def step_seed(seed: int, step: int) -> int:
    """The seed of one step's draws: torch's CPU generator looks at its lowest 32 bits alone."""
    return seed * 1_000_003 + step


Settings = TypeVar("Settings", bound=BaseModel)


def read_settings(path: Path, settings: type[Settings]) -> Settings:
    """Settings from a TOML file.

    Raises:
        TrainingError: there is no such file, or something in it is no setting.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        return settings.model_validate_json(json.dumps(document))
    except FileNotFoundError:
        raise TrainingError(f"There is no file {path}: correct its name.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TrainingError(f"{path} is not valid TOML: {error}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(step) for step in first["loc"])
        raise TrainingError(f"{path}: {name}: {first['msg']}.") from error
