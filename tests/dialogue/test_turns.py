"""Whole dialogues through the turn machine in virtual time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dialogue.turns import (
    Acknowledge,
    Action,
    CallStarted,
    CloseReply,
    CommitTurn,
    DropReply,
    Event,
    Finalize,
    FinalWords,
    InterimWords,
    PauseReply,
    PauseWords,
    Policy,
    ResumeReply,
    Say,
    Speak,
    SpeechFinished,
    SpeechStarted,
    StartReply,
    State,
    StopReply,
    TimePassed,
    TurnSettings,
    VoiceStarted,
    VoiceStopped,
    due,
    step,
)
from dialogue.turns.end_of_turn import WordsEndOfTurn

SETTINGS = TurnSettings()
POLICY = replace(
    Policy.of(SETTINGS),
    end_of_turn=WordsEndOfTurn(SETTINGS.complete_wait, SETTINGS.incomplete_wait),
)


class Dialogue:
    """Feeds timed events to the machine and wakes it when it asks to be woken."""

    def __init__(self) -> None:
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

    def _step(self, event: Event) -> None:
        self.state, actions = step(self.state, event, self.now, POLICY)
        self.log += [(self.now, action) for action in actions]


def answered(text: str = "What time is it?") -> Dialogue:
    """A dialogue in which the agent has just begun to answer the caller's first turn."""
    d = Dialogue()
    d.at(0.0, VoiceStarted(0.0))
    d.at(1.1, VoiceStopped(1.0))
    d.at(1.25, PauseWords(text))
    d.at(2.0, FinalWords(text), SpeechStarted(1))
    return d


def test_reply_is_prepared_in_the_pause_and_released_when_the_turn_ends() -> None:
    d = Dialogue()
    d.at(0.0, VoiceStarted(0.0), InterimWords("What"))
    d.at(1.1, VoiceStopped(1.0))
    assert d.at(1.25, PauseWords("What time is it?")) == [StartReply(1, "What time is it?")]
    assert d.at(1.0 + SETTINGS.complete_wait) == [Finalize()]
    assert d.at(1.41, FinalWords("What time is it?")) == [Speak(1, 1.0)]
    assert d.at(1.6, SpeechStarted(1)) == [CommitTurn(1, "What time is it?")]
    assert d.at(3.0, SpeechFinished(1)) == [CloseReply(1)]
    assert due(d.state) is None


def test_caller_who_goes_on_after_a_pause_is_one_turn() -> None:
    d = Dialogue()
    d.at(0.0, VoiceStarted(0.0))
    d.at(1.1, VoiceStopped(1.0), PauseWords("A table for two."))
    d.at(1.2, VoiceStarted(1.2))
    assert d.at(1.6, InterimWords("A table for two, on Tuesday")) == [DropReply(1)]
    assert d.at(2.1, VoiceStopped(2.0), PauseWords("A table for two, on Tuesday.")) == [
        StartReply(2, "A table for two, on Tuesday.")
    ]
    assert d.at(2.4) == [Finalize()]
    assert d.at(2.41, FinalWords("A table for two, on Tuesday.")) == [Speak(2, 2.0)]


def test_caller_who_resumes_before_the_answer_is_heard_reopens_the_turn() -> None:
    d = Dialogue()
    d.at(0.0, VoiceStarted(0.0))
    d.at(1.2, VoiceStopped(1.0), PauseWords("Book it."))
    d.at(1.5, FinalWords("Book it."))
    assert d.at(1.52, VoiceStarted(1.4)) == [PauseReply(1)]
    assert d.at(2.0, InterimWords("for three people")) == [DropReply(1)]
    d.at(2.6, VoiceStopped(2.5), PauseWords("for three people."))
    d.at(2.95, FinalWords("for three people."))
    assert d.at(3.1, SpeechStarted(2)) == [CommitTurn(1, "Book it. for three people.")]


def test_a_cough_before_the_answer_only_delays_it() -> None:
    d = Dialogue()
    d.at(0.0, VoiceStarted(0.0))
    d.at(1.2, VoiceStopped(1.0), PauseWords("Book it."))
    d.at(1.5, FinalWords("Book it."))
    d.at(1.52, VoiceStarted(1.4))
    d.at(1.7, VoiceStopped(1.6))
    assert d.at(1.6 + SETTINGS.resume_wait) == [ResumeReply(1)]


def test_interruption_pauses_at_once_and_stops_on_words() -> None:
    d = answered()
    assert d.at(3.0, VoiceStarted(2.9)) == [PauseReply(1)]
    assert d.at(3.4, InterimWords("Wait")) == [StopReply(1)]
    assert d.at(3.8, VoiceStopped(3.7), PauseWords("Wait, stop.")) == [StartReply(2, "Wait, stop.")]


def test_backchannel_keeps_the_floor_and_stays_out_of_the_next_turn() -> None:
    d = answered()
    d.at(3.0, VoiceStarted(2.9))
    assert d.at(3.2, InterimWords("Mm-hm")) == []
    assert d.at(3.4, VoiceStopped(3.3), PauseWords("Mm-hm.")) == [
        Acknowledge("Mm-hm."),
        Finalize(),
        ResumeReply(1),
    ]
    assert d.at(3.42, FinalWords("Mm-hm.")) == []
    d.at(5.0, SpeechFinished(1))
    d.at(6.0, VoiceStarted(6.0))
    d.at(7.1, VoiceStopped(7.0), PauseWords("Thank you."))
    d.at(7.45, FinalWords("Thank you."))
    assert d.at(7.6, SpeechStarted(2)) == [CommitTurn(2, "Thank you.")]


def test_yeah_but_wait_yields() -> None:
    d = answered()
    d.at(3.0, VoiceStarted(2.9))
    d.at(3.2, InterimWords("Yeah"))
    assert d.at(3.5, InterimWords("Yeah, but wait")) == [StopReply(1)]


def test_noise_over_the_agent_resumes_it() -> None:
    d = answered()
    d.at(3.0, VoiceStarted(2.9))
    d.at(3.3, VoiceStopped(3.2))
    assert d.at(3.2 + SETTINGS.resume_wait) == [ResumeReply(1)]
    assert d.at(4.0, SpeechFinished(1)) == [CloseReply(1)]


def test_noise_while_listening_ends_without_trace() -> None:
    d = Dialogue()
    d.at(0.0, VoiceStarted(0.0))
    d.at(0.3, VoiceStopped(0.2))
    assert d.at(10.0) == [Finalize()]
    assert due(d.state) is None


def test_late_final_words_are_not_said_twice() -> None:
    d = Dialogue()
    d.at(0.0, VoiceStarted(0.0))
    d.at(1.2, VoiceStopped(1.0), PauseWords("Hello there."))
    assert d.at(1.4 + SETTINGS.final_wait) == [Finalize(), Speak(1, 1.0)]
    assert d.at(5.0, FinalWords("Hello there."), SpeechStarted(1)) == [
        CommitTurn(1, "Hello there.")
    ]


def test_recogniser_without_pause_words_is_served_as_well() -> None:
    d = Dialogue()
    d.at(0.0, VoiceStarted(0.0))
    d.at(1.2, VoiceStopped(1.0))
    assert d.at(3.0, FinalWords("Good morning.")) == [
        Finalize(),
        StartReply(1, "Good morning."),
        Speak(1, 1.0),
    ]


def test_greeting_can_be_interrupted() -> None:
    d = Dialogue()
    assert d.at(0.0, CallStarted("Hi, this is Parley.")) == [
        Say(1, "Hi, this is Parley."),
        Speak(1, None),
    ]
    d.at(0.3, SpeechStarted(1))
    assert d.at(0.6, VoiceStarted(0.5)) == [PauseReply(1)]
    assert d.at(1.0, InterimWords("I need help")) == [StopReply(1)]


def words_of(log: Sequence[tuple[float, Action]]) -> list[str]:
    return [a.text for _, a in log if isinstance(a, CommitTurn | Acknowledge)]


def test_thirty_seconds_of_dialogue() -> None:
    """Ten short turns; every word is in exactly one of them."""
    d = Dialogue()
    for n in range(10):
        t = 3.0 * n
        text = f"Question number {n}, please."
        d.at(t, VoiceStarted(t))
        d.at(t + 1.1, VoiceStopped(t + 1.0), PauseWords(text))
        d.at(t + 1.45, FinalWords(text))
        d.at(t + 1.5, SpeechStarted(n + 1))
        d.at(t + 2.5, SpeechFinished(n + 1))
    assert words_of(d.log) == [f"Question number {n}, please." for n in range(10)]
