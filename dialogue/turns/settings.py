"""The settings of turn-taking."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class TurnSettings(BaseModel):
    """When the agent takes, keeps and gives up the floor."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    complete_wait: float = Field(
        default=0.4,
        ge=0.1,
        le=5.0,
        description="silence, in seconds, that ends a turn whose words sound complete",
    )
    incomplete_wait: float = Field(
        default=1.2,
        ge=0.1,
        le=10.0,
        description="silence, in seconds, that ends a turn whose words sound unfinished",
    )
    resume_wait: float = Field(
        default=0.6,
        ge=0.1,
        le=5.0,
        description="silence, in seconds, after which a paused reply goes on unless words came",
    )
    final_wait: float = Field(
        default=3.0,
        ge=0.1,
        le=10.0,
        description="longest wait, in seconds, for the final words once the turn has ended",
    )
