"""What the turn machine wants done.

Every reply begins with one `StartReply`, `Repeat` or `Say` and ends with exactly one of `DropReply`
(nobody heard any of it), `StopReply` (the caller took the floor) or `CloseReply` (heard to its
end). Every `DuckReply` and `PauseReply` ends in a `ResumeReply` or in the end of the reply.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StartReply:
    """Prepare the answer to `text`, the whole turn so far; unheard until `Speak`."""

    reply: int
    text: str


@dataclass(frozen=True)
class Repeat:
    """Prepare to say the last reply once more, as it stood; unheard until `Speak`."""

    reply: int


@dataclass(frozen=True)
class Say:
    """Prepare to say `text` as it stands, unheard until `Speak`."""

    reply: int
    text: str


@dataclass(frozen=True)
class Speak:
    """Let the reply be heard; the caller's turn ended at `turn_ended`, None where nobody spoke."""

    reply: int
    turn_ended: float | None


@dataclass(frozen=True)
class DuckReply:
    """Go on in a lower voice: the caller has made a sound."""

    reply: int


@dataclass(frozen=True)
class PauseReply:
    """Fall silent at once and keep the place."""

    reply: int


@dataclass(frozen=True)
class ResumeReply:
    """Go on in full voice, from the start of word number `word` (0 is the first).

    None where the reply never fell silent, or has not been heard yet.
    """

    reply: int
    word: int | None = None


@dataclass(frozen=True)
class DropReply:
    """Throw the reply away: none of it was heard and nothing of it may be remembered."""

    reply: int


@dataclass(frozen=True)
class StopReply:
    """Yield the floor for good; remember what was heard of the reply and what its tools did."""

    reply: int


@dataclass(frozen=True)
class CloseReply:
    """The reply has been heard to its end; remember it."""

    reply: int


@dataclass(frozen=True)
class ReadAhead:
    """The turn so far is `text`: the model may read it while the caller goes on speaking."""

    text: str


@dataclass(frozen=True)
class Finalize:
    """Ask hearing for the final words of the open segment now."""


@dataclass(frozen=True)
class CommitTurn:
    """The caller's turn is over and acted on: remember `text` as said in turn number `turn`."""

    turn: int
    text: str


@dataclass(frozen=True)
class Acknowledge:
    """The caller said `text` only to show attention; it opens no turn."""

    text: str


@dataclass(frozen=True)
class Disregard:
    """`text` was said by somebody else, or to somebody else; it opens no turn."""

    text: str


@dataclass(frozen=True)
class Backchannel:
    """Say `text` once and softly, while the caller keeps the floor."""

    text: str


@dataclass(frozen=True)
class HangUp:
    """End the call: nobody has been there for long, and goodbye has been said."""


Action = (
    StartReply
    | Repeat
    | Say
    | Speak
    | DuckReply
    | PauseReply
    | ResumeReply
    | DropReply
    | StopReply
    | CloseReply
    | ReadAhead
    | Finalize
    | CommitTurn
    | Acknowledge
    | Disregard
    | Backchannel
    | HangUp
)
