"""Settings of the `[thinking]` table of config.toml."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

SYSTEM_PROMPT = (
    "You are a helpful voice assistant named Parley. "
    "Answer the caller's question directly in one or two short spoken sentences. "
    "If you do not know, say so."
)


class ThinkingSettings(BaseModel):
    """Which language model answers, how it is asked and how long it is waited for."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    endpoint: str = Field(
        default="",
        pattern=r"^(https?://\S+)?$",
        description=(
            'Address of an OpenAI-compatible server, for example "http://localhost:8000/v1"; '
            '"" runs the embedded model on this machine.'
        ),
    )
    model: str = Field(
        default="",
        description=(
            "Name of the model at the endpoint; the embedded server has only one and needs none."
        ),
    )
    api_key_env: str = Field(
        default="",
        pattern=r"^([A-Za-z_][A-Za-z0-9_]*)?$",
        description=(
            "Name of the environment variable that holds the endpoint's key, never the key "
            'itself; "" sends no key.'
        ),
    )
    system_prompt: str = Field(
        default=SYSTEM_PROMPT,
        min_length=1,
        max_length=8000,
        description="What the model is told about itself before every conversation.",
    )
    temperature: float = Field(
        default=0.3,
        ge=0.0,
        le=2.0,
        description="How freely the model picks its words; 0 always takes the likeliest.",
    )
    max_reply_tokens: int = Field(
        default=96,
        ge=8,
        le=2048,
        description="Longest reply, in tokens; a spoken sentence has about 20.",
    )
    max_reply_sentences: int = Field(
        default=4,
        ge=1,
        le=100,
        description="Longest reply, in sentences; what the model says after them is left out.",
    )
    context_tokens: int = Field(
        default=4096,
        ge=512,
        le=131072,
        description=(
            "Room for one call's conversation, in tokens, the reply included; the oldest turns "
            "are forgotten first. The embedded model takes 12 kB of memory per token and call."
        ),
    )
    slow_after: float = Field(
        default=1.5,
        ge=0.2,
        le=30.0,
        description="Silence, in seconds, after which the agent says that it needs a moment.",
    )
    filler_after: float = Field(
        default=0.7,
        ge=0.1,
        le=30.0,
        description=(
            "Silence, in seconds, after which the agent says that it is looking into it, while a "
            "tool runs."
        ),
    )
    connect_timeout: float = Field(
        default=2.0,
        gt=0.0,
        le=60.0,
        description="Longest wait, in seconds, for the endpoint to accept a connection.",
    )
    first_token_timeout: float = Field(
        default=15.0,
        gt=0.0,
        le=300.0,
        description="Longest wait, in seconds, for the first word, every retry included.",
    )
    read_timeout: float = Field(
        default=5.0,
        gt=0.0,
        le=300.0,
        description="Longest gap, in seconds, between two pieces of a reply that has begun.",
    )
    total_timeout: float = Field(
        default=60.0,
        gt=0.0,
        le=600.0,
        description="Longest time, in seconds, for one whole reply of the model.",
    )
    retries: int = Field(
        default=2,
        ge=0,
        le=10,
        description="How often a request that failed before its first word is sent again.",
    )
    retry_delay: float = Field(
        default=0.2,
        gt=0.0,
        le=10.0,
        description=(
            "Longest wait, in seconds, before the first retry; it doubles with each further one "
            "and is drawn at random, so that calls that failed together do not return together."
        ),
    )
    max_tool_steps: int = Field(
        default=3,
        ge=0,
        le=20,
        description="How often one reply may call tools before it must answer in words.",
    )
    tool_timeout: float = Field(
        default=8.0,
        gt=0.0,
        le=300.0,
        description=(
            "Longest time, in seconds, that a reply waits for one tool. One that may not be "
            "stopped goes on, and its result is told when it is there."
        ),
    )
    embedded_threads: int = Field(
        default=2,
        ge=1,
        le=256,
        description="Threads of the embedded model; no more than the machine has cores.",
    )
    embedded_start_timeout: float = Field(
        default=60.0,
        gt=0.0,
        le=600.0,
        description="Longest wait, in seconds, for the embedded model to load.",
    )
