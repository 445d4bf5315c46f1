"""A caller that is a program: holds a conversation in recordings and times the answers.

Everything is measured at the caller's end of a real WebRTC call, on the caller's clock.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agent.opus import CLOCK_RATE
from agent.phone import AgentHungUp, Message, Phone, answer_among, dial
from agent.recording import Recording, Span

Samples = NDArray[np.int16]


@dataclass(frozen=True)
class Utterance:
    """Something to say: int16 mono at 16 kHz.

    It is said once the answer to the one before has ended, or, with `interrupt_after`, that many
    seconds after that answer has become audible, over it.
    """

    name: str
    samples: Samples
    interrupt_after: float | None = None


@dataclass(frozen=True)
class Patience:
    """How long a caller waits, s."""

    greeting: float = 3.0
    """For the agent to speak first."""
    answer: float = 20.0
    """For an answer to begin."""
    pause: float = 1.2
    """For an answer to go on before it counts as over."""


@dataclass(frozen=True)
class Turn:
    """How one utterance went; times in seconds on the caller's clock."""

    name: str
    spoken: Span
    """From the first to the last 10 ms of the clip above its noise floor + 10 dB."""
    answered: float | None
    """When the answer became audible; None when none came."""
    silenced: float | None
    """When the agent that was spoken over fell silent; None when it was not speaking."""

    @property
    def voice_to_voice(self) -> float | None:
        """Silence between the caller's last sound and the answer's first, s.

        Negative when the agent was speaking already as the caller finished.
        """
        return None if self.answered is None else self.answered - self.spoken.end

    @property
    def barge_in(self) -> float | None:
        """How long the agent was heard after the caller had begun to speak over it, s."""
        return None if self.silenced is None else self.silenced - self.spoken.start


@dataclass(frozen=True)
class CallReport:
    """Everything about one call, as the caller had it."""

    connect_seconds: float
    """From dialling to the first packet of the agent's audio."""
    turns: tuple[Turn, ...]
    messages: tuple[Message, ...]
    said: Recording
    heard: Recording
    concealed_seconds: float
    """Audio of the agent that was lost on the way and made up."""
    ended_by_agent: bool


async def call(
    url: str, utterances: Sequence[Utterance], patience: Patience | None = None
) -> CallReport:
    """Calls the agent at `url`, says everything in turn and waits for each answer to end.

    Raises:
        CallFailed: the call could not be placed, or ended before it began.
    """
    patience = patience or Patience()
    async with dial(url) as phone:
        began = time.perf_counter()
        if await phone.answer_to(Span(began, began), patience.greeting) is not None:
            await phone.quiet(patience.pause)
        spoken = await _converse(phone, utterances, patience)
        ended_by_agent = phone.ended.is_set()
    return CallReport(
        phone.connect_seconds,
        turns_of([u.name for u in utterances], spoken, phone.heard.sounds()),
        tuple(phone.messages),
        phone.said,
        phone.heard,
        phone.ear.concealed / CLOCK_RATE,
        ended_by_agent,
    )


async def _converse(
    phone: Phone, utterances: Sequence[Utterance], patience: Patience
) -> list[Span]:
    """Says everything; returns when each was said, up to where the agent hung up."""
    spoken: list[Span] = []
    try:
        for utterance, following in zip(utterances, [*utterances[1:], None], strict=True):
            spoken.append(await phone.say(utterance.samples))
            answer = await phone.answer_to(spoken[-1], patience.answer)
            if following is not None and following.interrupt_after is not None and answer:
                await phone.until(answer.start + following.interrupt_after)
            elif answer:
                await phone.quiet(patience.pause)
    except AgentHungUp:
        pass
    return spoken


def turns_of(
    names: Sequence[str], spoken: Sequence[Span], sounds: Sequence[Span]
) -> tuple[Turn, ...]:
    """What became of each utterance, from when it was said and what was heard all through."""
    turns = []
    for index, (name, said) in enumerate(zip(names, spoken, strict=False)):
        until = spoken[index + 1].start if index + 1 < len(spoken) else float("inf")
        answer = answer_among([s for s in sounds if s.start < until], said)
        over = next((s for s in sounds if s.start < said.start < s.end), None)
        turns.append(Turn(name, said, answer.start if answer else None, over.end if over else None))
    return tuple(turns)
