"""Scenarios as they are written in YAML: who calls, from where, and what the caller does.

A file holds a list of scenarios. A step is either speech or silence:

    - name: mm-hm over the announcement
      voice: am_michael
      greeting: announcement
      steps:
        - {sound: mm-hm, kind: backchannel, over: 1.5}
        - say: I would like a table [0.7] for, um, two.

`[0.7]` in a text is a pause of so many seconds, which ends no turn.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from agent.errors import ParleyError

FOLDER = Path(__file__).parent

Voice = Literal[
    "am_michael", "am_fenrir", "am_puck", "af_bella", "af_sarah", "bf_emma", "bm_george"
]
Sound = Literal["mm-hm", "uh-huh", "laughter", "cough", "throat", "um", "hmm"]


class ScenarioError(ParleyError):
    """A scenario file cannot be used; the text says which and why."""


class Kind(Enum):
    """What a caller's sound is, as the caller means it (the classes of tau-voice)."""

    TURN = "turn"
    """Speech to the agent; over the agent's voice it is an interruption."""
    BACKCHANNEL = "backchannel"
    """Attention: the agent should talk on."""
    TIC = "tic"
    """Um, a cough: nothing to react to."""
    OTHER = "other"
    """Said by somebody else, or to somebody else."""


class Greeting(Enum):
    """What the agent says when it takes the call; each is an agent of its own."""

    NONE = "none"
    QUESTION = "question"
    ANNOUNCEMENT = "announcement"

    @property
    def text(self) -> str:
        """The setting `server.greeting`."""
        return _GREETINGS[self]


_GREETINGS = {
    Greeting.NONE: "",
    Greeting.QUESTION: "Hello, this is Harbour House. Would you like to book a table?",
    # No full stop inside: a pause between sentences is no reaction to the caller.
    Greeting.ANNOUNCEMENT: (
        "Hello and welcome to Harbour House where we serve fresh fish from the bay every evening "
        "and where you can book a table or ask about an order or find out when the kitchen opens "
        "and closes on any day of the week so please tell me what I can do for you"
    ),
}


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Speech(_Strict):
    """Something the caller says, or that is heard beside the caller."""

    say: str = ""
    """Words, spoken by the caller's voice."""
    play: str = ""
    """A recording instead, its path in the speech folder; `say` then tells its words."""
    cut: tuple[float, float] | None = None
    """The part of the recording that is played, s."""
    sound: Sound | None = None
    """A sound that is no word."""
    kind: Kind = Kind.TURN
    over: float | None = Field(default=None, ge=0)
    """Said over the agent, so many seconds after it became audible; else once it is silent."""
    after: float = Field(default=0.6, ge=0)
    """Seconds of the agent's silence before it is said."""
    voice: Voice | None = None
    """Another voice than the caller's."""
    level: float = 0.0
    """Louder or quieter than speech usually is, dB."""
    tolerance: float = Field(default=8.0, gt=0)
    """How long the caller waits for an answer, s."""
    answer: str = ""
    """Pattern (a regular expression) that the agent's answer has to match."""
    repeats: bool = False
    """The answer has to say again what the agent said before."""


class Silence(_Strict):
    """The caller keeps quiet for `silence` seconds, once the agent is silent."""

    silence: float = Field(gt=0)
    expect: Literal["reprompt", "quiet"]
    """Whether the agent has to speak meanwhile, or must not."""


class Noise(_Strict):
    """What is heard around the caller all through the call."""

    file: str
    snr: float
    """dB below the caller's voice."""


class ToolCall(_Strict):
    """A call of a tool of `agent.scenarios.tools` that the agent has to make."""

    name: str
    arguments: dict[str, Any] = {}


class Scenario(_Strict):
    """One call."""

    name: str
    steps: tuple[Speech | Silence, ...] = Field(min_length=1)
    voice: Voice = "am_michael"
    greeting: Greeting = Greeting.NONE
    room: str = ""
    """An impulse response in the speech folder."""
    noise: Noise | None = None
    line: Literal["wide", "phone"] = "wide"
    """`phone` is 300 to 3400 Hz in mu-law (G.711)."""
    slots: dict[str, str] = {}
    """What the agent has to have understood at the end, as it says or books it."""
    never: tuple[str, ...] = ()
    """What was taken back, and must be neither confirmed nor booked."""
    calls: tuple[ToolCall, ...] | None = None
    """Every tool call that the agent has to make, in order; None where tools do not matter."""
    group: str = ""
    """The file it comes from."""


_Scenarios = TypeAdapter(Annotated[tuple[Scenario, ...], Field(min_length=1)])


def read(files: Iterable[Path]) -> tuple[Scenario, ...]:
    """Every scenario of `files`, in order.

    Raises:
        ScenarioError: a file cannot be read or says something that means nothing.
    """
    found: list[Scenario] = []
    for file in files:
        try:
            document = yaml.safe_load(file.read_text(encoding="utf-8"))
            scenarios = _Scenarios.validate_python(document)
        except OSError as error:
            raise ScenarioError(f"{file} cannot be read: {error.strerror}.") from error
        except yaml.YAMLError as error:
            raise ScenarioError(f"{file} is no YAML: {error}.") from error
        except ValidationError as error:
            problem = error.errors()[0]
            where = " > ".join(map(str, problem["loc"]))
            raise ScenarioError(f"{file}, {where}: {problem['msg']}.") from error
        found += [scenario.model_copy(update={"group": file.stem}) for scenario in scenarios]
    _refuse_doubles(found)
    return tuple(found)


def _refuse_doubles(scenarios: Sequence[Scenario]) -> None:
    names = [scenario.name for scenario in scenarios]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise ScenarioError(f"Two scenarios are called {doubled[0]!r}: name each differently.")
