from __future__ import annotations

from dialogue.languages import Spoken, notice, worth_a_look


def test_a_caller_is_told_once() -> None:
    state, said = notice(Spoken(), "de", 0.99)
    assert said == "That sounds like German. I'm sorry, I only understand English."
    assert notice(state, "de", 0.99) == (state, "")
    assert not worth_a_look(state, 0.1)


def test_a_language_without_a_name_here_is_told_too() -> None:
    assert notice(Spoken(), "xx", 0.9)[1] == "I'm sorry, I only understand English."


def test_english_and_guesses_are_left_alone() -> None:
    assert notice(Spoken(), "en", 1.0) == (Spoken(), "")
    assert notice(Spoken(), "es", 0.27) == (Spoken(), "")


def test_only_doubted_words_are_looked_at() -> None:
    assert worth_a_look(Spoken(), 0.4)
    assert not worth_a_look(Spoken(), 0.81)
