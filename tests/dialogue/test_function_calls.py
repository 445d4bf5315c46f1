from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from typing import Literal

import pytest
from livekit.agents import llm

from dialogue import function_calls
from dialogue.call_grammar import grammar
from dialogue.completion import CallBegun, Event, Finished, TextDelta, ToolCall
from dialogue.conversation import Conversation
from dialogue.copying import copied
from dialogue.frames import number_of
from dialogue.models import EmbeddedModel
from dialogue.replier import Replier
from dialogue.settings import ThinkingSettings
from dialogue.tools import Tool

Booking = tuple[int, str, str, bool]


def book_table(people: int, day: str, time: str = "") -> str:
    """Books a table at the restaurant.

    people: how many will come
    day: the day of the week
    time: when they will come
    """
    return f"Booked for {people} on {day} {time}."


def paint(colour: Literal["red", "blue"], loud: bool) -> str:
    """Paints the wall."""
    return f"{colour} {loud}"


TOOLS = [Tool(book_table), Tool(paint)]


def test_the_tools_are_told_in_a_line_each_and_called_once_as_an_example() -> None:
    context = Conversation(ThinkingSettings()).asked("A table, please.")
    system, *shots, asked = function_calls.messages(context, TOOLS)
    told = "book_table(people: int, day: str, time: str = None): Books a table at the restaurant."
    assert told in system["content"]
    assert {"role": "assistant", "content": "book_table(people=None, day=None)"} in shots
    assert asked == {"role": "user", "content": "A table, please."}


def test_a_call_and_its_result_are_shown_as_they_are_written() -> None:
    context = llm.ChatContext.empty()
    call = llm.FunctionCall(call_id="1", name="book_table", arguments='{"people": 2, "day": "Fri"}')
    output = llm.FunctionCallOutput(call_id="1", name="book_table", output="Done.", is_error=False)
    context.items += [call, output]
    assert function_calls.messages(context, ()) == [
        {"role": "assistant", "content": 'book_table(people=2, day="Fri")'},
        {"role": "user", "content": "[book_table: Done.]"},
    ]


def test_values_are_what_was_said_by_kind() -> None:
    said = copied(["Tom Hill and two friends come on Friday at 6:30 pm, code B72."])
    assert said.rules["day"] == r'"\"Friday\""'
    assert said.rules["time"].startswith(r'"\"6:30 pm\""')
    assert r'"\"Tom Hill\""' in said.rules["name"]
    assert said.numbers == ("2",)
    assert "time" not in copied(["A table for 3 people, make it 4 people."]).rules
    assert copied(["Make it 4."]).rules["time"] == r'"\"4\""'


def test_nothing_that_was_not_said_can_be_written() -> None:
    context = Conversation(ThinkingSettings()).asked("A table for Monday, no, Tuesday.")
    rules = grammar(context, TOOLS).rules
    assert r'"book_table(" "people=" "None" ", day=" "\"Tuesday\"" ")"' in rules
    assert "Tuesday" in rules
    assert "Monday" not in rules


def test_what_was_not_told_may_be_left_open() -> None:
    conversation = Conversation(ThinkingSettings())
    conversation.heard_caller("Are you open on Tuesday?")
    conversation.heard_agent("Yes.")
    may = grammar(conversation.asked("A table, please."), TOOLS)
    rules = may.rules
    assert not may.settled
    assert '", day=" (day | "None")' in rules


def test_no_value_is_divided_or_taken_from_what_was_denied() -> None:
    rules = copied(["Until the 9th of June, not Monday, from Lyon to the harbour."]).rules
    assert rules["day"] == r'"\"9th of June\""'
    assert rules["from"] == r'"\"Lyon\""'
    assert rules["to"] == r'"\"the harbour\""'
    assert rules["w3"] == '"of" (" " w4)'


def test_codes_are_whole_and_counted_things_have_their_number() -> None:
    said = copied(["Order KX49B, or 0207, 555 12, for 4 adults and 2 children."])
    assert r'"\"KX49B\""' in said.rules["code"]
    assert r'"\"0207, 555 12\""' in said.rules["code"]
    assert number_of("adults", said.newest) == "4"
    assert number_of("number_of_children", said.newest) == "2"


async def _stream(*texts: str) -> AsyncGenerator[Event, None]:
    for text in texts:
        yield TextDelta(text)
    yield Finished("stop")


async def _understood(*texts: str) -> list[Event]:
    return [e async for e in function_calls.understood(_stream(*texts), TOOLS)]


async def test_words_pass_as_they_come() -> None:
    assert await _understood("Sure", ", gladly.") == [
        TextDelta("Sure"),
        TextDelta(", gladly."),
        Finished("stop"),
    ]


async def test_a_written_call_is_a_call() -> None:
    begun, call, end = await _understood("book", '_table(people=3, day="Fri', 'day", time=None)')
    assert begun == CallBegun()
    assert isinstance(call, ToolCall) and call.name == "book_table"
    assert json.loads(call.arguments) == {"people": 3, "day": "Friday"}
    assert end == Finished("stop")


async def test_what_a_call_lacks_is_asked_for() -> None:
    _, question, _ = await _understood("book_table(people=None, day=None)")
    assert question == TextDelta("Please tell me how many will come and the day of the week.")
    _, question, _ = await _understood('book_table(people=None, day="saturday", time="8 p.m.")')
    assert question == TextDelta("Saturday, 8 p.m. Please tell me how many will come.")
    _, question, _ = await _understood("book_table(people=3, day=None)")
    assert question == TextDelta("3 people. Please tell me the day of the week.")


async def test_a_settled_call_is_not_waited_for() -> None:
    said = Conversation(ThinkingSettings()).asked("A table for three on Friday.")
    settled = grammar(said, TOOLS).settled
    assert settled == {"book_table": 'book_table(people=3, day="Friday")'}
    closed = False

    async def written() -> AsyncGenerator[Event, None]:
        nonlocal closed
        try:
            yield TextDelta("book_table(")
            raise AssertionError("nobody waits for the rest")
        finally:
            closed = True

    events = [e async for e in function_calls.understood(written(), TOOLS, settled)]
    assert events[0] == CallBegun() and events[2] == Finished("stop")
    assert isinstance(events[1], ToolCall)
    assert json.loads(events[1].arguments) == {"people": 3, "day": "Friday"}
    assert closed


async def test_half_a_call_is_left_out() -> None:
    assert await _understood('book_table(people=3, day="Fri') == [CallBegun(), Finished("stop")]


@pytest.mark.asyncio(loop_scope="session")
async def test_the_embedded_model_changes_a_booking_that_was_confirmed(
    embedded: EmbeddedModel,
) -> None:
    booked: list[Booking] = []

    def reserve(people: int, day: str, time: str = "", supersedes: str | None = None) -> str:
        """Books a table at the restaurant.

        people: how many will come
        day: the day of the week
        time: when they will come
        """
        booked.append((people, day, time, supersedes is not None))
        return f"{'Changed' if supersedes else 'Booked'}: a table for {people} on {day}."

    settings = ThinkingSettings(
        temperature=0.0, slow_after=30.0, first_token_timeout=120.0, read_timeout=60.0
    )
    replier = Replier(EmbeddedModel(settings, embedded.server), settings)
    conversation = Conversation(settings)
    said = ""
    for words in ("I would like a table for two on Friday.", "Actually, make it three people."):
        conversation.heard_caller(words)
        reply = replier.reply(
            conversation.context, [Tool(reserve)], 1, tool_calls=conversation.tool_calls
        )
        said = "".join([word async for word in reply])
        conversation.heard_agent(said)
    assert booked == [(2, "Friday", "", False), (3, "Friday", "", True)]
    assert "3" in said or "three" in said
