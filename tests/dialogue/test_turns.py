"""Whole dialogues through the turn machine in virtual time."""

from __future__ import annotations

from dataclasses import dataclass, replace

from turn_dialogue import POLICY, SETTINGS, Dialogue

from dialogue.turns import (
    CloseReply,
    CommitTurn,
    DropReply,
    Evidence,
    Finalize,
    FinalWords,
    InterimWords,
    PauseReply,
    PauseWords,
    ReadAhead,
    ResumeReply,
    Speak,
    SpeechFinished,
    SpeechStarted,
    StartReply,
    StopReply,
    ToolFinished,
    ToolStarted,
    ToolWanted,
    TurnEndLikelihood,
    VoiceStarted,
    VoiceStopped,
    due,
)


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


def test_a_turn_is_not_over_by_words_that_its_last_ones_may_change() -> None:
    d = Dialogue()
    d.at(0.0, VoiceStarted(0.0), InterimWords("The code is KX for nine"))
    assert d.at(1.4, VoiceStopped(1.0), TurnEndLikelihood(0.95))[-1:] != [Finalize()]
    d.at(1.45, PauseWords("The code is KX. 49."))
    assert Finalize() not in d.at(1.0 + SETTINGS.dictation_wait - 0.01)
    assert d.at(1.0 + SETTINGS.dictation_wait) == [Finalize()]


def test_words_that_do_not_come_at_a_pause_are_not_waited_for_long() -> None:
    d = Dialogue()
    d.at(0.0, VoiceStarted(0.0), InterimWords("What time is it?"))
    d.at(1.1, VoiceStopped(1.0), TurnEndLikelihood(0.95))
    assert d.at(1.0 + SETTINGS.words_wait - 0.01) == []
    assert d.at(1.0 + SETTINGS.words_wait) == [Finalize()]


def test_caller_who_goes_on_after_a_pause_is_one_turn() -> None:
    d = Dialogue()
    d.at(0.0, VoiceStarted(0.0))
    d.at(1.1, VoiceStopped(1.0), PauseWords("A table for two."))
    d.at(1.2, VoiceStarted(1.2))
    assert d.at(1.6, InterimWords("A table for two, on Tuesday")) == [
        DropReply(1),
        ReadAhead("A table for two, on Tuesday"),
    ]
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
    assert d.words == [f"Question number {n}, please." for n in range(10)]


@dataclass(frozen=True)
class Habitual:
    """Patience of the longest pause so far, halved where the audio model is sure."""

    def patience(self, evidence: Evidence) -> float:
        sure = evidence.probability is not None and evidence.probability > 0.5
        return max(evidence.pauses, default=1.0) * (0.5 if sure else 1.0)


def test_the_audio_models_word_moves_the_deadline() -> None:
    d = Dialogue(replace(POLICY, end_of_turn=Habitual()))
    d.at(0.0, VoiceStarted(0.0))
    d.at(1.1, VoiceStopped(1.0), PauseWords("A table"))
    assert due(d.state) == 2.0
    d.at(1.2, TurnEndLikelihood(0.9))
    assert due(d.state) == 1.5
    assert d.at(1.5) == [Finalize()]


def test_a_pause_inside_a_turn_becomes_a_habit_only_when_words_follow() -> None:
    d = Dialogue(replace(POLICY, end_of_turn=Habitual()))
    d.at(0.0, VoiceStarted(0.0))
    d.at(1.1, VoiceStopped(1.0), PauseWords("A table"))
    d.at(1.6, VoiceStarted(1.5))
    assert d.state.pauses == ()
    d.at(2.0, InterimWords("A table for two"))
    assert d.state.pauses == (0.5,)
    d.at(2.6, VoiceStopped(2.5), PauseWords("A table for two."))
    assert d.state.probability is None and due(d.state) == 3.0
    d.at(2.9, VoiceStarted(2.8))
    d.at(3.1, VoiceStopped(3.0), PauseWords("A table for two."))
    assert d.state.pauses == (0.5,), "a cough is no habit"


def test_what_a_tool_has_acted_on_is_committed_and_never_dropped() -> None:
    d = Dialogue()
    d.at(0.0, VoiceStarted(0.0))
    d.at(1.1, VoiceStopped(1.0), PauseWords("Book it."))
    d.at(1.5, FinalWords("Book it."))
    assert d.at(1.6, ToolStarted(1, "book")) == [CommitTurn(1, "Book it.")]
    assert d.at(1.8, VoiceStarted(1.7)) == [PauseReply(1)]
    assert d.at(2.2, InterimWords("no, for three")) == [StopReply(1)]
    assert d.at(2.3, ToolFinished(1, "book")) == []


def test_who_only_drew_breath_has_time_to_go_on_before_a_tool_acts() -> None:
    d = Dialogue()
    d.at(0.0, VoiceStarted(0.0))
    d.at(1.1, VoiceStopped(1.0), PauseWords("A table for two on Tuesday."))
    assert d.at(1.2, TurnEndLikelihood(0.99), ToolWanted(1, "book")) == []
    assert due(d.state) == 1.0 + SETTINGS.acting_wait
    d.at(1.4, VoiceStarted(1.36))
    again = d.at(2.3, VoiceStopped(2.2), PauseWords("A table for two on Tuesday. No, Friday."))
    assert again == [DropReply(1), StartReply(2, "A table for two on Tuesday. No, Friday.")]


def test_a_tool_called_once_the_turn_is_over_waits_as_long() -> None:
    d = Dialogue()
    d.at(0.0, VoiceStarted(0.0))
    d.at(1.1, VoiceStopped(1.0), PauseWords("Book it."), TurnEndLikelihood(0.99))
    assert d.at(1.35, FinalWords("Book it."))[-1] == Speak(1, 1.0)
    assert d.at(1.4, ToolWanted(1, "book")) == [PauseReply(1)]
    assert d.at(1.5) == [ResumeReply(1)]
    assert d.at(1.5, ToolStarted(1, "book")) == [CommitTurn(1, "Book it.")]
