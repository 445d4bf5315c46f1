from __future__ import annotations

from dialogue.languages import notice


def test_a_language_is_named() -> None:
    assert notice("de", 0.99) == "That sounds like German. I'm sorry, I only understand English."


def test_a_language_without_a_name_here_is_told_too() -> None:
    assert notice("xx", 0.9) == "I'm sorry, I only understand English."


def test_english_and_guesses_are_left_alone() -> None:
    assert notice("en", 1.0) == ""
    assert notice("es", 0.27) == ""
