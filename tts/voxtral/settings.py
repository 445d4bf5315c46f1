"""What can be set about Voxtral, and what is allowed."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class VoxtralSettings(BaseModel):
    """Settings of Voxtral, for when `[models] speaking` names it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    voice: str = Field(
        default="casual_male",
        min_length=1,
        description=(
            "Voice: casual_male, casual_female, cheerful_female, neutral_male, neutral_female, or "
            "a language's, as in fr_female (ar, de, es, fr, hi, it, nl, pt)."
        ),
    )
    device: Literal["auto", "cuda", "cpu"] = Field(
        default="auto",
        description="Where it runs: in bfloat16 on a GPU, in float32 on the CPU (far too slow to "
        "talk to).",
    )
    streams: int = Field(
        default=4,
        ge=1,
        le=64,
        description=(
            "Sentences spoken at once. Each has room for its successor, which is read meanwhile."
        ),
    )
    sentence_tokens: int = Field(
        default=1024,
        ge=512,
        le=4096,
        description=(
            "Longest sentence in tokens, voice, text and 80 ms frames together; one costs 106 kB "
            "on a GPU, for each stream and its successor."
        ),
    )
    guidance: float = Field(
        default=1.2,
        ge=1.0,
        le=4.0,
        description="How closely the sound follows the voice; 1 is no guidance.",
    )
    seed: int = Field(
        default=0, ge=0, description="Seed of the noise; the same text sounds the same."
    )
    first_sentence_words: int = Field(
        default=4,
        ge=1,
        le=40,
        description="Words after which the first piece of a speech may end at a comma.",
    )
