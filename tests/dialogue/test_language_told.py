"""A caller who speaks another language is told so, once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from turn_dialogue import SETTINGS, Dialogue, answered

from dialogue.turns import (
    Acknowledge,
    Action,
    CloseReply,
    CommitTurn,
    Disregard,
    DropReply,
    FinalWords,
    InterimWords,
    LanguageHeard,
    PauseWords,
    Say,
    Speak,
    SpeechFinished,
    SpeechStarted,
    VoiceStarted,
    VoiceStopped,
)

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
