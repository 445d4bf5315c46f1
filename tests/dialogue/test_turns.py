"""Whole dialogues through the turn machine in virtual time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from dialogue.turns import (
    Acknowledge,
    Action,
    Backchannel,
    CallStarted,
    CloseReply,
    CommitTurn,
    Disregard,
    DropReply,
    DuckReply,
    Event,
    Evidence,
    Finalize,
    FinalWords,
    HangUp,
    InterimWords,
    LanguageHeard,
    PauseReply,
    PauseWords,
    Policy,
    ReadAhead,
    Repeat,
    ResumeReply,
    Say,
    Speak,
    SpeechFinished,
    SpeechReached,
    SpeechStarted,
    StartReply,
    State,
    StopReply,
    TimePassed,
    ToolFinished,
    ToolStarted,
    ToolWanted,
    TurnEndLikelihood,
    TurnSettings,
    VoiceLouder,
    VoiceStarted,
    VoiceStopped,
    asks,
    due,
    step,
)
from dialogue.turns.interruption import Verdict, Voice, WordInterruption
from dialogue.turns.requests import Request, request_of

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


def test_interruption_is_ducked_at_once_then_silent_and_stops_on_words() -> None:
    d = answered()
    assert d.at(3.02, VoiceStarted(2.9)) == [DuckReply(1)]
    assert d.at(2.9 + SETTINGS.pause_after) == [PauseReply(1)]
    assert d.at(3.35, InterimWords("Wait")) == [StopReply(1)]
    assert d.at(3.8, VoiceStopped(3.7), PauseWords("Wait, stop the music.")) == [
        StartReply(2, "Wait, stop the music.")
    ]


def test_backchannel_keeps_the_floor_and_stays_out_of_the_next_turn() -> None:
    d = answered()
    d.at(3.02, VoiceStarted(2.9))
    assert d.at(3.35, InterimWords("Mm-hm")) == [PauseReply(1), ResumeReply(1, word=3)]
    assert d.at(3.5, VoiceStopped(3.4), PauseWords("Mm-hm.")) == [Acknowledge("Mm-hm."), Finalize()]
    assert d.at(3.42, FinalWords("Mm-hm.")) == []
    d.at(5.0, SpeechFinished(1))
    d.at(6.0, VoiceStarted(6.0))
    d.at(7.1, VoiceStopped(7.0), PauseWords("Thank you."))
    d.at(7.45, FinalWords("Thank you."))
    assert d.at(7.6, SpeechStarted(2)) == [CommitTurn(2, "Thank you.")]


@pytest.mark.parametrize("lasts", [0.2, 0.3, 0.4, 0.7, 1.5])
def test_a_sound_leaves_no_gap_over_300_ms_though_its_words_come_late(lasts: float) -> None:
    """Voice activity reports the end 0.14 s late; the words come 0.2 s after that."""
    d = answered()
    d.at(3.02, VoiceStarted(2.9))
    d.at(2.9 + lasts + 0.14, VoiceStopped(2.9 + lasts))
    d.at(2.9 + lasts + 0.34, PauseWords("Yeah."))
    silent = next(time for time, action in d.log if action == PauseReply(1))
    resumed = next(time for time, action in d.log if action == ResumeReply(1, word=3))
    assert silent == pytest.approx(2.9 + SETTINGS.pause_after)
    assert resumed - silent <= 0.3 + 1e-9
    assert words_of(d.log)[-1] == "Yeah."


def test_a_short_wait_yields_although_the_agent_has_gone_on() -> None:
    d = answered()
    d.at(3.02, VoiceStarted(2.9))
    assert d.at(3.39, VoiceStopped(3.25)) == [PauseReply(1)]
    assert d.at(3.5) == [ResumeReply(1, word=3)]
    assert d.at(3.6, PauseWords("Wait.")) == [StopReply(1)]
    assert d.at(4.0, FinalWords("Wait."))[-1] == CommitTurn(2, "Wait."), "waits quietly"


def test_yeah_but_wait_yields() -> None:
    d = answered()
    d.at(3.0, VoiceStarted(2.9))
    d.at(3.2, InterimWords("Yeah"))
    assert d.at(3.5, InterimWords("Yeah, but wait")) == [StopReply(1)]


def test_attention_before_the_agent_is_silent_leaves_no_gap_at_all() -> None:
    d = answered()
    d.at(3.02, VoiceStarted(2.9))
    assert d.at(3.1, InterimWords("Yeah")) == []
    assert d.at(3.5, VoiceStopped(3.4), PauseWords("Yeah.")) == [
        ResumeReply(1),
        Acknowledge("Yeah."),
        Finalize(),
    ]


def test_noise_that_does_not_end_silences_the_agent_for_a_moment_only() -> None:
    d = answered()
    d.at(3.0, VoiceStarted(2.9))
    assert d.at(2.9 + 0.56) == [PauseReply(1), ResumeReply(1, word=3)]
    assert d.at(60.0, InterimWords("Can you stop?")) == [StopReply(1)]


def test_words_that_were_hardly_heard_are_a_noise_unless_they_are_plain() -> None:
    d = answered()
    d.at(3.0, VoiceStarted(2.9))
    assert d.at(3.39, VoiceStopped(3.2), PauseWords("Hunger.", confidence=0.1)) == [PauseReply(1)]
    assert d.at(3.5) == [ResumeReply(1, word=3)]
    assert d.at(5.0, FinalWords("Hunger.", confidence=0.1)) == [Disregard("Hunger.")]
    d = answered()
    d.at(3.0, VoiceStarted(2.9))
    assert StopReply(1) in d.at(3.4, VoiceStopped(3.2), PauseWords("Wait.", confidence=0.1))


def test_a_second_look_clears_up_what_was_hardly_heard() -> None:
    d = answered()
    d.at(3.0, VoiceStarted(2.9))
    d.at(3.4, VoiceStopped(3.2), PauseWords("Now", confidence=0.1))
    assert StopReply(1) in d.at(3.7, PauseWords("Now.", confidence=0.7))


def test_a_word_alone_is_believed_less() -> None:
    d = answered()
    d.at(3.0, VoiceStarted(2.9))
    assert d.at(3.19, InterimWords("Bright,", confidence=0.65)) == []
    assert d.at(3.3, InterimWords("Bright idea", confidence=0.65))[-1] == StopReply(1)


def test_what_was_hardly_heard_is_no_turn_when_the_reply_ends() -> None:
    d = answered()
    d.at(3.0, VoiceStarted(2.9))
    d.at(3.4, VoiceStopped(3.2), PauseWords("Hunger.", confidence=0.1))
    assert d.at(4.0, SpeechFinished(1))[-3:] == [Disregard("Hunger."), Finalize(), CloseReply(1)]


def test_a_faint_voice_is_nobodys_before_the_caller_has_spoken() -> None:
    d = Dialogue()
    d.at(0.0, CallStarted("Welcome to the house by the bay."))
    d.at(0.3, SpeechStarted(1))
    assert d.at(1.0, VoiceStarted(0.9, SETTINGS.caller_level - 20)) == []
    assert d.at(1.2, VoiceLouder(SETTINGS.caller_level - 8)) == [DuckReply(1)]


def test_a_distant_voice_changes_nothing_and_its_words_are_nobodys_turn() -> None:
    d = Dialogue()
    d.at(0.0, VoiceStarted(0.0, -30.0))
    d.at(1.1, VoiceStopped(1.0, -30.0), PauseWords("What time is it?"))
    d.at(2.0, FinalWords("What time is it?"), SpeechStarted(1))
    assert d.at(3.0, VoiceStarted(2.9, -50.0)) == []
    assert d.at(3.5, InterimWords("dinner is ready")) == []
    assert d.at(4.0, VoiceStopped(3.9, -50.0), PauseWords("Dinner is ready.")) == [
        Disregard("Dinner is ready."),
        Finalize(),
    ]
    assert d.at(4.1, FinalWords("Dinner is ready."), SpeechFinished(1)) == [CloseReply(1)]


def test_a_distant_voice_that_comes_near_is_heeded() -> None:
    d = Dialogue()
    d.at(0.0, VoiceStarted(0.0))
    d.at(1.1, VoiceStopped(1.0, -30.0), PauseWords("What time is it?"))
    d.at(2.0, FinalWords("What time is it?"), SpeechStarted(1))
    assert d.at(3.0, VoiceStarted(2.9, -50.0)) == []
    assert d.at(3.1, VoiceLouder(-32.0)) == [DuckReply(1)]


def test_yes_answers_a_question_and_otherwise_shows_attention() -> None:
    for asked, then in ((True, StopReply(1)), (False, Acknowledge("Yes."))):
        d = answered()
        d.at(2.95, SpeechReached(1, 4, asked))
        d.at(3.0, VoiceStarted(2.9))
        assert then in d.at(3.4, VoiceStopped(3.2), PauseWords("Yes."))


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
    assert d.at(0.6, VoiceStarted(0.5)) == [DuckReply(1)]
    assert d.at(0.95, InterimWords("I need help")) == [PauseReply(1), StopReply(1)]


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


def test_two_questions_then_goodbye_then_the_call_is_over() -> None:
    settings = TurnSettings()
    d = Dialogue(Policy.of(settings))
    d.at(0.0, CallStarted(""))
    for number in (1, 2, 3):
        asked = d.at(d.now + settings.reprompt_wait)
        assert [type(action) for action in asked] == [Say, Speak]
        d.at(d.now + 0.1, SpeechStarted(number))
        ended = d.at(d.now + 2.0, SpeechFinished(number))
    assert ended == [CloseReply(3), HangUp()]
    assert d.at(d.now + 100, VoiceStarted(d.now)) == [] and due(d.state) is None


def test_a_caller_who_comes_back_is_asked_twice_again() -> None:
    d = Dialogue(Policy.of(TurnSettings()))
    d.at(0.0, CallStarted(""))
    d.at(11.0, SpeechStarted(1))
    d.at(12.0, SpeechFinished(1))
    d.at(13.0, VoiceStarted(13.0))
    d.at(14.1, VoiceStopped(14.0), PauseWords("I am here."))
    d.at(14.6, FinalWords("I am here."), SpeechStarted(2), SpeechFinished(2))
    assert d.state.prompts == 0 and due(d.state) == pytest.approx(24.6)


def test_hold_on_is_answered_with_silence() -> None:
    d = Dialogue(Policy.of(TurnSettings(end_of_turn="words")))
    d.at(0.0, VoiceStarted(0.0))
    assert d.at(1.1, VoiceStopped(1.0), PauseWords("Hold on, please.")) == []
    assert d.at(1.5, FinalWords("Hold on, please.")) == [
        Finalize(),
        CommitTurn(1, "Hold on, please."),
    ]
    assert d.at(600.0) == [] and due(d.state) is None
    d.at(600.0, VoiceStarted(600.0))
    assert d.at(601.1, VoiceStopped(601.0), PauseWords("Go on.")) == [StartReply(1, "Go on.")]


def test_a_hesitation_that_nothing_comes_of_is_no_question_and_no_request_to_wait() -> None:
    d = Dialogue(Policy.of(TurnSettings(end_of_turn="words")))
    d.at(0.0, VoiceStarted(0.0))
    assert d.at(0.6, VoiceStopped(0.4), PauseWords("Um...")) == []
    assert d.at(2.0) == [Finalize()]
    assert d.at(2.1, FinalWords("Um...")) == [CommitTurn(1, "Um...")]
    assert due(d.state) is not None, "the caller is asked after a while"


def test_a_distant_voice_in_silence_is_nobodys_turn() -> None:
    d = Dialogue()
    d.at(0.0, VoiceStarted(0.0))
    d.at(1.1, VoiceStopped(1.0, -30.0), PauseWords("What time is it?"))
    d.at(2.0, FinalWords("What time is it?"), SpeechStarted(1), SpeechFinished(1))
    d.at(4.0, VoiceStarted(3.9, -50.0))
    assert d.at(5.0, VoiceStopped(4.9, -50.0), PauseWords("Dinner is ready.")) == []
    assert d.at(5.3, FinalWords("Dinner is ready.")) == [Finalize(), Disregard("Dinner is ready.")]
    d.at(6.0, VoiceStarted(5.9, -50.0))
    d.at(6.4, VoiceStopped(6.3, -50.0), PauseWords("Come"))
    d.at(6.5, VoiceStarted(6.45, -31.0))
    assert d.at(7.5, VoiceStopped(7.4, -31.0), PauseWords("Come, thank you.")) == [
        StartReply(2, "Come, thank you.")
    ]


def test_repeat_that_needs_no_language_model() -> None:
    d = answered()
    d.at(3.0, SpeechFinished(1))
    d.at(4.0, VoiceStarted(4.0))
    assert d.at(5.1, VoiceStopped(5.0), PauseWords("Could you repeat that?")) == [Repeat(2)]
    assert d.at(5.5, FinalWords("Could you repeat that?")) == [Finalize(), Speak(2, 5.0)]


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


def test_one_backchannel_while_the_caller_tells_something_long() -> None:
    settings = TurnSettings(backchannel="one", reprompt="off")
    d = Dialogue(Policy.of(settings))
    d.at(0.0, VoiceStarted(0.0))
    told = d.at(7.1, VoiceStopped(7.0), PauseWords("So last week I was"))
    assert told == [StartReply(1, "So last week I was"), Backchannel("Mm-hm.")]
    d.at(7.5, VoiceStarted(7.4))
    again = d.at(9.1, VoiceStopped(9.0), PauseWords("So last week I was at the"))
    assert Backchannel("Mm-hm.") not in again


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("Mm-hm.", Verdict.BACKCHANNEL),
        ("Mmhmm", Verdict.BACKCHANNEL),
        ("uh-huh, right", Verdict.BACKCHANNEL),
        ("Yeah, yeah.", Verdict.BACKCHANNEL),
        ("Ha ha ha!", Verdict.BACKCHANNEL),
        ("I see.", Verdict.BACKCHANNEL),
        ("(laughs)", Verdict.NOTHING),
        ("[coughing]", Verdict.NOTHING),
        ("*cough*", Verdict.NOTHING),
        ("you", Verdict.BACKCHANNEL),
        ("Wait.", Verdict.INTERRUPTION),
        ("No.", Verdict.INTERRUPTION),
        ("Yeah, but wait", Verdict.INTERRUPTION),
        ("Why?", Verdict.INTERRUPTION),
        ("Actually, make it three.", Verdict.INTERRUPTION),
        ("you said seven", Verdict.INTERRUPTION),
    ],
)
def test_words_over_the_agent(text: str, verdict: Verdict) -> None:
    judge = WordInterruption(background_margin=15.0).judge
    assert judge(Voice(text, 0.5, None, answers=False)) is verdict


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        ("Hold on.", Request.HOLD),
        ("Wait.", Request.HOLD),
        ("One moment, please.", Request.HOLD),
        ("Okay, just a second.", Request.HOLD),
        ("Can you hold on to my luggage?", Request.NONE),
        ("Wait, that is wrong.", Request.NONE),
        ("Repeat that, please.", Request.REPEAT),
        ("Sorry, what did you say?", Request.REPEAT),
        ("Could you say that again?", Request.REPEAT),
        ("But you repeat that, please.", Request.REPEAT),
        ("One moment's plea.", Request.HOLD),
        ("Repeat the order for Anna.", Request.NONE),
        ("Um...", Request.NOTHING),
        ("Uh, hmm.", Request.NOTHING),
        ("Mm-hm.", Request.NONE),
        ("", Request.NONE),
    ],
)
def test_requests_of_the_conversation_itself(text: str, request_: Request) -> None:
    assert request_of(text) is request_


@pytest.mark.parametrize(
    ("heard", "answerable"),
    [(0, False), (4, False), (5, True), (7, True), (9, True), (10, False)],
)
def test_a_question_is_open_from_its_last_words_until_the_talk_goes_on(
    heard: int, answerable: bool
) -> None:
    words = "Sure. Shall I book a table then? There is one free tonight.".split()
    assert asks(words, heard) is answerable


GERMAN = LanguageHeard("de", 0.98)
NOTICE = "That sounds like German. I'm sorry, I only understand English."


def speaks_german(d: Dialogue, since: float) -> list[Action]:
    """The caller says a second of German, and its final words come; what is decided at the end."""
    d.at(since, VoiceStarted(since))
    d.at(since + 1.1, VoiceStopped(since + 1.0), PauseWords("The paint."))
    d.at(since + 1.0 + SETTINGS.complete_wait)
    return d.at(since + 1.5, GERMAN, FinalWords("The paint."))


def test_another_language_is_told_instead_of_the_answer_and_the_words_are_kept() -> None:
    d = Dialogue()
    assert speaks_german(d, 0.0) == [DropReply(1), Say(2, NOTICE), Speak(2, 1.0)]
    assert d.at(1.6, SpeechStarted(2)) == [CommitTurn(1, "The paint.")]
    assert d.at(4.0, SpeechFinished(2)) == [CloseReply(2)]


def test_another_language_is_told_once() -> None:
    d = Dialogue()
    speaks_german(d, 0.0)
    d.at(4.0, SpeechStarted(2), SpeechFinished(2))
    assert speaks_german(d, 5.0) == [Speak(3, 6.0)]


def test_what_was_told_unheard_is_told_again() -> None:
    d = Dialogue()
    speaks_german(d, 0.0)
    assert DropReply(2) in d.at(1.6, VoiceStarted(1.6), InterimWords("The paint is"))
    d.at(2.7, VoiceStopped(2.6), PauseWords("The paint is."))
    d.at(2.6 + SETTINGS.complete_wait, FinalWords("The paint is."))
    assert d.at(3.1, SpeechStarted(d.state.next_reply - 1)) == [
        CommitTurn(1, "The paint. The paint is.")
    ]
    said = [action for _, action in d.log if isinstance(action, Say)]
    assert {say.text for say in said} == {NOTICE} and d.state.noticed


def test_another_language_over_a_reply_that_is_heard_does_not_end_it() -> None:
    d = answered()
    d.at(3.0, VoiceStarted(3.0), GERMAN)
    assert d.state.reply is not None and d.state.reply.number == 1
    assert Acknowledge("Mm-hm.") in d.at(3.4, VoiceStopped(3.3), FinalWords("Mm-hm."))
    assert d.at(9.0, SpeechFinished(1)) == [CloseReply(1)]
    assert speaks_plainly(d, 10.0) == [Speak(2, 11.0)], "forgotten with the words that it was of"


def speaks_plainly(d: Dialogue, since: float) -> list[Action]:
    """The caller says a second of English."""
    d.at(since, VoiceStarted(since))
    d.at(since + 1.1, VoiceStopped(since + 1.0), PauseWords("What time is it?"))
    d.at(since + 1.0 + SETTINGS.complete_wait)
    return d.at(since + 1.5, FinalWords("What time is it?"))


@pytest.mark.parametrize("heard", [LanguageHeard("en", 1.0), LanguageHeard("es", 0.28)])
def test_a_guess_at_the_language_changes_nothing(heard: LanguageHeard) -> None:
    d = Dialogue()
    d.at(0.0, VoiceStarted(0.0))
    d.at(1.1, VoiceStopped(1.0), PauseWords("What time is it?"))
    assert d.at(1.2, heard) == []


@pytest.mark.parametrize("text", ["hold on", "um"])
def test_a_request_that_was_understood_is_not_a_language(text: str) -> None:
    d = Dialogue()
    d.at(0.0, VoiceStarted(0.0))
    d.at(1.1, VoiceStopped(1.0), PauseWords(text), GERMAN, FinalWords(text))
    assert d.at(4.0) == [CommitTurn(1, text)]


def test_a_distant_voice_is_not_told_of_its_language() -> None:
    d = answered()
    d.at(4.0, SpeechFinished(1))
    d.state = replace(d.state, loudness=-20.0)
    d.at(5.0, VoiceStarted(5.0, -60.0))
    d.at(6.1, VoiceStopped(6.0, -60.0), GERMAN, FinalWords("The paint."))
    assert d.at(9.0) == [Disregard("The paint.")]
