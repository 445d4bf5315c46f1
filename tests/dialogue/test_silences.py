"""Silences and what is asked of the conversation itself: reprompts, hold on, repeat that."""

from __future__ import annotations

import pytest
from turn_dialogue import Dialogue, answered

from dialogue.turns import (
    Backchannel,
    CallStarted,
    CloseReply,
    CommitTurn,
    Disregard,
    Finalize,
    FinalWords,
    HangUp,
    PauseWords,
    Policy,
    Repeat,
    Say,
    Speak,
    SpeechFinished,
    SpeechStarted,
    StartReply,
    TurnSettings,
    VoiceStarted,
    VoiceStopped,
    due,
)
from dialogue.turns.requests import Request, request_of


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
