"""When a small model is shown its tools."""

from __future__ import annotations

import pytest
from livekit.agents import llm

from dialogue.relevance import relevant
from dialogue.tools import Tool


def book_table(people: int, day: str) -> str:
    """Books a table at the restaurant.

    people: how many will come
    day: the day of the week
    """
    return "Booked."


def opening_hours(day: str) -> str:
    """Tells when the kitchen is open.

    day: the day of the week
    """
    return "From nine to six."


TOOLS = (Tool(book_table), Tool(opening_hours))


def conversation(*said: str) -> llm.ChatContext:
    """Turns by turns, the caller's first."""
    context = llm.ChatContext.empty()
    context.add_message(role="system", content="You answer for a restaurant with tables.")
    for number, text in enumerate(said):
        context.add_message(role="assistant" if number % 2 else "user", content=text)
    return context


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (("I would like to book for four.",), True),
        (("I have a booking, can you change it?",), True),
        (("Are you open tonight?",), True),
        (("Is the soup hot?",), False),
        (("How are you?",), False),
        (("What time is it?",), False),
        (("I need a table.", "For how many people?", "Four."), True),
        (("I need a table.", "Sure. Which day?", "Monday.", "And how many?", "Two."), True),
        (("I need a table.", "It is booked.", "Thank you."), False),
        (("I need a table.", "It is booked.", "Oh, thank you."), False),
        (("I need a table.", "It is booked.", "No, I meant on Thursday."), True),
        (("Is the soup hot?", "Would you like some?", "Yes."), False),
        ((), False),
    ],
)
def test_tools_are_shown_where_the_turn_has_to_do_with_one(
    said: tuple[str, ...], shown: bool
) -> None:
    assert bool(relevant(conversation(*said), TOOLS)) is shown


def test_tools_of_others_are_judged_by_their_description_too() -> None:
    schema = {"name": "w", "description": "Forecasts the weather", "parameters": {}}

    @llm.function_tool(raw_schema=schema)
    async def forecast(raw_arguments: dict[str, object]) -> str:
        return "Sunny."

    assert relevant(conversation("What is the weather like?"), [forecast]) == [forecast]
    assert not relevant(conversation("Hello."), [forecast])
