"""What can be set about speaking, and what is allowed."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class SpeakingSettings(BaseModel):
    """Settings of the voice: the `[speaking]` table of config.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    flow_steps: int = Field(
        default=4,
        ge=1,
        le=32,
        description="Euler steps of the flow head per 80 ms frame; more is slower.",
    )
    temperature: float = Field(
        default=0.7,
        ge=0.0,
        le=1.5,
        description="Spread of the flow head's noise; 0 is flat, 1 as trained.",
    )
    voice: str = Field(
        default="heart",
        min_length=1,
        description=(
            'Who speaks: "heart" or "michael", who come along, or the file of a voice made by '
            "`parley voice adapt`."
        ),
    )
    voices: tuple[str, ...] = Field(
        default=(),
        description=(
            "Files of adapted voices that single calls may ask for, by name, beside what comes "
            "along."
        ),
    )
    rate: float = Field(
        default=1.0, ge=0.5, le=2.0, description="Speaking rate relative to the trained voice."
    )
    threads: int = Field(default=1, ge=1, le=16, description="CPU threads of the voice engine.")
    seed: int = Field(
        default=0, ge=0, description="Seed of the noise; the same text sounds the same."
    )
    int8: bool = Field(
        default=True, description="Multiply with 8-bit weights: about twice as fast, same words."
    )
    lexicon: str = Field(
        default="",
        description=(
            "File of words and their phonemes, which come before all others: on each line a word, "
            'blanks, and IPA, as in "parley ˈpɑɹli"; "" uses none.'  # noqa: RUF001 - IPA
        ),
    )
    first_clause_words: int = Field(
        default=4,
        ge=1,
        le=20,
        description="Words after which speech may start at a natural break without punctuation.",
    )
    longest_first_clause_words: int = Field(
        default=5,
        ge=1,
        le=40,
        description="Words after which speech starts without any break, to be there in time.",
    )
    clause_words: int = Field(
        default=4, ge=1, le=20, description="Words a later clause needs before a comma may end it."
    )
    longest_clause_words: int = Field(
        default=16,
        ge=4,
        le=40,
        description="Words after which a clause without punctuation is cut.",
    )
