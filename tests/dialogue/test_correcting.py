"""A call that the caller puts right is made again, with one value changed."""

from __future__ import annotations

import json

import pytest
from livekit.agents import llm

from dialogue.call_grammar import grammar
from dialogue.conversation import Conversation
from dialogue.corrections import asks_again, puts_right
from dialogue.disfluency.words import split
from dialogue.frames import Form, corrected
from dialogue.settings import ThinkingSettings
from dialogue.tools import Tool, tool

FORM = Form(["day", "time", "name"], ["people"], "book_table Books a table")
GIVEN = {"people": 2, "day": "Friday"}


@pytest.mark.parametrize(
    ("given", "said", "expected"),
    [
        (GIVEN, "Sorry, for Saturday.", {"people": 2, "day": "Saturday"}),
        (GIVEN, "Actually, make it 3 people.", {"people": 3, "day": "Friday"}),
        (GIVEN, "No wait, we are 9.", {"people": 9, "day": "Friday"}),
        (GIVEN, "Make it 3.", {"people": 3, "day": "Friday"}),
        ({"day": "Friday", "time": "7"}, "Make it 8.", {"day": "Friday", "time": "8"}),
        ({**GIVEN, "time": "7"}, "Make it 8.", None),
        (GIVEN, "Sorry, the name is Taylor.", {**GIVEN, "name": "Taylor"}),
        (GIVEN, "I said Friday.", None),
        (GIVEN, "Oh, thank you.", None),
    ],
)
def test_a_new_value_takes_the_place_of_the_old_one(
    given: dict[str, object], said: str, expected: dict[str, object] | None
) -> None:
    assert corrected(FORM, given, split(said)) == expected


@pytest.mark.parametrize(
    ("said", "does"),
    [
        ("No, not Monday, I meant Thursday.", True),
        ("Oh, can you make it eight o'clock?", True),
        ("Sorry, for Saturday.", True),
        ("Wait, do you have music on Saturday?", False),
        ("No, I would like to know when the kitchen opens on Sunday.", False),
        ("And another one for Sunday.", False),
        ("Thank you.", False),
    ],
)
def test_only_words_that_do_nothing_else_put_right(said: str, does: bool) -> None:
    assert puts_right(said) is does


def test_the_same_is_asked_of_something_else() -> None:
    assert asks_again("And on Saturday?")
    assert asks_again("What about the day after?")
    assert not asks_again("Is it open on Saturday?")


def book_table(people: int, day: str, name: str = "") -> str:
    """Books a table."""
    return f"Booked for {people} on {day}."


@tool(side_effects=False)
def opening_hours(day: str) -> str:
    """Tells when the kitchen is open."""
    return f"Open on {day}."


TOOLS = (Tool(book_table), Tool(opening_hours))


def called(name: str, arguments: dict[str, object], said: str) -> llm.ChatContext:
    """A conversation in which a tool was called before the caller said something else."""
    conversation = Conversation(ThinkingSettings())
    conversation.heard_caller("Please do it.")
    context = conversation.asked("")
    context.items.append(llm.FunctionCall(call_id="1", name=name, arguments=json.dumps(arguments)))
    context.items.append(
        llm.FunctionCallOutput(call_id="1", name=name, output="Done.", is_error=False)
    )
    context.add_message(role="assistant", content="Done.")
    context.add_message(role="user", content=said)
    return context


def test_a_correction_can_be_nothing_but_the_call() -> None:
    may = grammar(called("book_table", {"people": 2, "day": "Friday"}, "I mean Sunday."), TOOLS)
    assert may.settled == {"book_table": 'book_table(people=2, day="Sunday")'}
    assert "words" not in may.rules


def test_only_what_changes_nothing_is_asked_again() -> None:
    again = grammar(called("opening_hours", {"day": "Friday"}, "And on Sunday?"), TOOLS)
    assert again.settled == {"opening_hours": 'opening_hours(day="Sunday")'}
    more = grammar(called("book_table", {"people": 2, "day": "Friday"}, "And on Sunday?"), TOOLS)
    assert "words" in more.rules
