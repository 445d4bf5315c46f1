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
        description="shortest silence, in seconds, that ends a turn, however complete it sounds",
    )
    incomplete_wait: float = Field(
        default=1.2,
        ge=0.1,
        le=10.0,
        description="longest silence, in seconds, that ends a turn, however unfinished it sounds",
    )
    sureness: float = Field(
        default=0.9,
        gt=0,
        lt=1,
        description="how sure (0 to 1) the agent must be that a turn is over; surer waits longer",
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
