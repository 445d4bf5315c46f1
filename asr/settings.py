"""Settings of the `[hearing]` table of config.toml."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class HearingSettings(BaseModel):
    """How speech is told from noise, cut into segments, and written down."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    language: str = Field(
        default="en",
        pattern=r"^([a-z]{2,3}|auto)$",
        description=(
            "Language of the callers, as Whisper's code (en, de, fr, ...); "
            "auto guesses it anew for each segment."
        ),
    )
    threads: int = Field(
        default=1,
        ge=1,
        le=8,
        description=(
            "Processor threads of Whisper. One is fastest on short windows and leaves the other "
            "cores to the language model and the voice."
        ),
    )
    word_times: bool = Field(
        default=False,
        description=(
            "Whether final words carry the time of each: Whisper listens again for them, which "
            "keeps a core busy just when the answer is being prepared."
        ),
    )
    speech_threshold: float = Field(
        default=0.5,
        gt=0,
        lt=1,
        description="Probability of voice (0 to 1) from which a 32 ms window counts as speech.",
    )
    silence_threshold: float = Field(
        default=0.35,
        gt=0,
        lt=1,
        description=(
            "Probability of voice (0 to 1) below which a window counts as silence once speech "
            "has begun; at most speech_threshold."
        ),
    )
    speech_start: float = Field(
        default=0.09,
        gt=0,
        le=1,
        description="Unbroken speech, in seconds, after which speech is reported.",
    )
    pause: float = Field(
        default=0.09,
        gt=0,
        le=1,
        description=(
            "Silence, in seconds, after which a pause is reported and its words are decoded."
        ),
    )
    segment_silence: float = Field(
        default=1.5,
        gt=0,
        le=10,
        description="Silence, in seconds, that ends a segment when nobody asked for it before.",
    )
    preroll: float = Field(
        default=0.4,
        ge=0.3,
        le=2,
        description="Audio, in seconds, kept from before the detected start of speech.",
    )
    first_interim: float = Field(
        default=0.22,
        ge=0.1,
        le=5,
        description=(
            "Speech, in seconds, before each interim transcript in the first second of a segment: "
            'one word is enough to tell "wait" from "mm-hm".'
        ),
    )
    interim_interval: float = Field(
        default=0.4,
        ge=0.1,
        le=5,
        description="New speech, in seconds, between two later interim transcripts.",
    )
    segment_target: float = Field(
        default=10.0,
        ge=2,
        le=25,
        description=(
            "Length, in seconds, from which a segment ends at its next pause, so that the words "
            "of a long turn do not have to be decoded again and again."
        ),
    )
    segment_longest: float = Field(
        default=14.5,
        ge=4,
        le=29.5,
        description=(
            "Length, in seconds, at which a segment without a pause is cut at its quietest "
            "moment. Up to 15 s Whisper takes a third of the time that longer audio costs."
        ),
    )

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        if self.silence_threshold > self.speech_threshold:
            raise ValueError(
                f"silence_threshold ({self.silence_threshold}) must be at most "
                f"speech_threshold ({self.speech_threshold})"
            )
        if self.pause > self.segment_silence:
            raise ValueError(
                f"pause ({self.pause} s) must be at most segment_silence ({self.segment_silence} s)"
            )
        if self.segment_target >= self.segment_longest:
            raise ValueError(
                f"segment_target ({self.segment_target} s) must be less than segment_longest "
                f"({self.segment_longest} s)"
            )
        return self
