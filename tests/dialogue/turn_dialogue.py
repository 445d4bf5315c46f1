"""A dialogue with the turn machine in virtual time."""

from __future__ import annotations

from dialogue.turns import (
    Acknowledge,
    Action,
    CommitTurn,
    Event,
    FinalWords,
    PauseWords,
    Policy,
    SpeechReached,
    SpeechStarted,
    State,
    TimePassed,
    TurnSettings,
    VoiceStarted,
    VoiceStopped,
    due,
    step,
)

SETTINGS = TurnSettings(reprompt="off", end_of_turn="words")
POLICY = Policy.of(SETTINGS)


class Dialogue:
    """Feeds timed events to the machine and wakes it when it asks to be woken."""

    def __init__(self, policy: Policy = POLICY) -> None:
        self.policy = policy
        self.state = State()
        self.now = 0.0
        self.log: list[tuple[float, Action]] = []

    def at(self, time: float, *events: Event) -> list[Action]:
        """Runs the clock to `time`, then the events; returns the actions since the last call."""
        seen = len(self.log)
        while (wake := due(self.state)) is not None and wake <= time:
            self.now = max(self.now, wake)
            self._step(TimePassed())
        self.now = time
        for event in events:
            self._step(event)
        return [action for _, action in self.log[seen:]]

    @property
    def words(self) -> list[str]:
        """What the caller's turns were, and what was only taken note of."""
        said = (action for _, action in self.log)
        return [one.text for one in said if isinstance(one, CommitTurn | Acknowledge)]

    def _step(self, event: Event) -> None:
        self.state, actions = step(self.state, event, self.now, self.policy)
        self.log += [(self.now, action) for action in actions]


def answered(text: str = "What time is it?") -> Dialogue:
    """A dialogue in which the agent has just begun to answer the caller's first turn."""
    d = Dialogue()
    d.at(0.0, VoiceStarted(0.0))
    d.at(1.1, VoiceStopped(1.0))
    d.at(1.25, PauseWords(text))
    d.at(2.0, FinalWords(text), SpeechStarted(1))
    d.at(2.9, SpeechReached(1, 3, asks=False))
    return d
