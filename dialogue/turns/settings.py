"""The settings of turn-taking."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class TurnSettings(BaseModel):
    """When the agent takes, keeps and gives up the floor."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    end_of_turn: Literal["ear and words", "words"] = Field(
        default="ear and words",
        description="what the end of the caller's turn is told by from a pause inside it",
    )
    complete_wait: float = Field(
        default=0.3,
        ge=0.1,
        le=5.0,
        description="shortest silence, in seconds, that ends a turn, however complete it sounds",
    )
    whole_wait: float = Field(
        default=0.9,
        ge=0.1,
        le=10.0,
        description=(
            "longest silence, in seconds, that ends a turn whose words sound whole, although it "
            "may not sound so by ear"
        ),
    )
    incomplete_wait: float = Field(
        default=1.1,
        ge=0.1,
        le=10.0,
        description="longest silence, in seconds, that ends a turn whose words break off",
    )
    dictation_wait: float = Field(
        default=1.3,
        ge=0.1,
        le=10.0,
        description=(
            "longest silence, in seconds, that ends a turn in which a number, a code or an address "
            "is being read out and may go on"
        ),
    )
    sureness: float = Field(
        default=0.8,
        gt=0,
        lt=1,
        description="how sure (0 to 1) the agent must be that a turn is over; surer waits longer",
    )
    acting_wait: float = Field(
        default=0.5,
        ge=0.1,
        le=10.0,
        description=(
            "shortest silence, in seconds, before anything that a turn asks for is done that "
            "changes something, such as a booking; words may come sooner"
        ),
    )
    words_wait: float = Field(
        default=0.5,
        ge=0.0,
        le=5.0,
        description=(
            "silence, in seconds, in which a pause's own words are awaited before the turn is "
            "taken to be over by those before them"
        ),
    )
    final_wait: float = Field(
        default=3.0,
        ge=0.1,
        le=10.0,
        description="longest wait, in seconds, for the final words once the turn has ended",
    )
    interruption: Literal["words", "voice"] = Field(
        default="words",
        description=(
            'what the agent yields to: "words" that are more than attention, or any "voice" that '
            "lasts"
        ),
    )
    pause_after: float = Field(
        default=0.3,
        ge=0.0,
        le=2.0,
        description=(
            "voice over the agent, in seconds, after which it falls silent; until then it only "
            "lowers its voice"
        ),
    )
    longest_gap: float = Field(
        default=0.25,
        ge=0.0,
        le=2.0,
        description=(
            "silence, in seconds, after which the agent goes on although the voice lasts, unless "
            "words have come that want the floor"
        ),
    )
    resume_wait: float = Field(
        default=0.4,
        ge=0.1,
        le=5.0,
        description=(
            "wait, in seconds, for the words of a sound that has stopped, before an answer goes "
            "out that nothing has been heard of yet"
        ),
    )
    wordless_wait: float = Field(
        default=1.3,
        ge=0.5,
        le=10.0,
        description=(
            "voice without any word, in seconds, after which it is a noise and such an answer "
            "goes out"
        ),
    )
    background_margin: float = Field(
        default=15.0,
        ge=3.0,
        le=60.0,
        description=(
            "a voice over the agent so many dB below the caller's own level is somebody else's"
        ),
    )
    caller_level: float = Field(
        default=-22.0,
        ge=-70.0,
        le=0.0,
        description=(
            "level of the caller's vowels, in dBFS, that is taken for their own until a turn of "
            "theirs has been heard"
        ),
    )
    clear_words: float = Field(
        default=0.6,
        ge=0.0,
        le=1.0,
        description=(
            "confidence of the recogniser, 0 to 1, below which words over the agent are taken for "
            'a noise, "wait" and its like apart'
        ),
    )
    backchannel: Literal["off", "one"] = Field(
        default="off",
        description='whether the agent says one soft "mm-hm" while the caller tells something long',
    )
    backchannel_after: float = Field(
        default=6.0,
        ge=1.0,
        le=60.0,
        description='speech of the caller in one turn, in seconds, before that "mm-hm"',
    )
    reprompt: Literal["polite", "off"] = Field(
        default="polite",
        description='what follows a long silence: two questions and goodbye ("polite"), or nothing',
    )
    reprompt_wait: float = Field(
        default=10.0,
        ge=1.0,
        le=600.0,
        description="silence, in seconds, before each question to a caller who says nothing",
    )
