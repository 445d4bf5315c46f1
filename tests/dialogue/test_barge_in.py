"""Voices over the agent: interruptions, attention, noise, and voices of others."""

from __future__ import annotations

import pytest
from turn_dialogue import SETTINGS, Dialogue, answered

from dialogue.turns import (
    Acknowledge,
    CallStarted,
    CloseReply,
    CommitTurn,
    Disregard,
    DuckReply,
    Finalize,
    FinalWords,
    InterimWords,
    PauseReply,
    PauseWords,
    ResumeReply,
    Say,
    Speak,
    SpeechFinished,
    SpeechReached,
    SpeechStarted,
    StartReply,
    StopReply,
    VoiceLouder,
    VoiceStarted,
    VoiceStopped,
    asks,
)
from dialogue.turns.interruption import Verdict, Voice, WordInterruption


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
    assert d.words[-1] == "Yeah."


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


def test_greeting_can_be_interrupted() -> None:
    d = Dialogue()
    assert d.at(0.0, CallStarted("Hi, this is Parley.")) == [
        Say(1, "Hi, this is Parley."),
        Speak(1, None),
    ]
    d.at(0.3, SpeechStarted(1))
    assert d.at(0.6, VoiceStarted(0.5)) == [DuckReply(1)]
    assert d.at(0.95, InterimWords("I need help")) == [PauseReply(1), StopReply(1)]


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
    ("heard", "answerable"),
    [(0, False), (4, False), (5, True), (7, True), (9, True), (10, False)],
)
def test_a_question_is_open_from_its_last_words_until_the_talk_goes_on(
    heard: int, answerable: bool
) -> None:
    words = "Sure. Shall I book a table then? There is one free tonight.".split()
    assert asks(words, heard) is answerable
