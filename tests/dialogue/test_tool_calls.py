"""What becomes of tools when the caller interrupts, goes on or corrects himself."""

from __future__ import annotations

import asyncio

import pytest
from livekit.agents import llm
from tool_dialogue import (
    END,
    Dialogue,
    Restaurant,
    Scripted,
    book,
    drop,
    say,
    told,
    words,
)

from dialogue.completion import ToolCall
from dialogue.tool_calls import ToolEvent, ToolFinished, ToolStarted, ToolWanted
from dialogue.tools import Tool, tool


@pytest.fixture
def restaurant() -> Restaurant:
    return Restaurant()


async def test_a_booking_is_finished_and_kept_though_its_reply_is_dropped(
    restaurant: Restaurant,
) -> None:
    model = Scripted(book(2), book(2, "2"), say("Booked."))
    d = Dialogue(model, [restaurant.tool()])
    reply = d.reply("A table for two")
    saying = asyncio.create_task(words(reply))
    await restaurant.begun.wait()
    await drop(saying, reply)
    again = asyncio.create_task(d.turn("A table for two, please."))
    restaurant.open.set()
    # The model calls it again and is given the result of the first time, told as it stands.
    assert await again == "Table for 2."
    assert [people for people, *_ in restaurant.booked] == [2]
    assert model.asked[1] == [
        'call: {"people": 2}',
        "result: Table for 2. (The caller spoke on before hearing this.)",
        "user: A table for 2, please.",
    ]
    assert told(d.conversation.context) == [
        "user: A table for 2, please.",
        'call: {"people": 2}',
        "result: Table for 2.",
        "assistant: Table for 2.",
    ]


async def test_a_correction_while_the_tool_runs_changes_the_booking(
    restaurant: Restaurant,
) -> None:
    model = Scripted(book(2), book(3, "2"), say("Three, then."))
    d = Dialogue(model, [restaurant.tool()])
    reply = d.reply("A table for two.")
    saying = asyncio.create_task(words(reply))
    await restaurant.begun.wait()
    d.conversation.heard_caller("A table for two.")
    d.conversation.heard_agent("Let me check.", interrupted=True)
    await drop(saying, reply)
    restaurant.open.set()
    assert await d.turn("Actually, make it three.") == "Three, then."
    (_, first, nothing), (people, _, replaced) = restaurant.booked
    assert (people, replaced, nothing) == (3, first, None)
    assert model.asked[1] == [
        "user: A table for 2.",
        "assistant: Let me check.",
        'call: {"people": 2}',
        "result: Table for 2. (The caller spoke on before hearing this.)",
        "user: Actually, make it 3.",
    ]
    assert told(d.conversation.context)[2:4] == model.asked[1][2:4]


@pytest.mark.parametrize(
    ("then", "replaces"),
    [
        ("Actually, make it three.", True),
        ("And another one for three.", False),
        ("Now one for three.", False),
    ],
)
async def test_only_a_correction_replaces_a_booking_that_was_told(
    restaurant: Restaurant, then: str, replaces: bool
) -> None:
    restaurant.open.set()
    model = Scripted(book(2), say("Booked."), book(3, "2"), say("Booked."))
    d = Dialogue(model, [restaurant.tool()])
    await d.turn("A table for two.")
    await d.turn(then)
    first, second = restaurant.booked
    assert second[2] == (first[1] if replaces else None)


async def test_the_same_request_made_anew_is_a_new_booking(restaurant: Restaurant) -> None:
    restaurant.open.set()
    model = Scripted(book(2), say("Booked."), book(2, "2"), say("Booked."))
    d = Dialogue(model, [restaurant.tool()])
    await d.turn("A table for two.")
    await d.turn("Another table for two.")
    (_, one, _), (_, other, _) = restaurant.booked
    assert one != other


async def test_arguments_that_the_tool_does_not_take_make_no_new_call(
    restaurant: Restaurant,
) -> None:
    restaurant.open.set()
    noise = ToolCall("2", "book", '{"people": "2", "type": "object"}')
    d = Dialogue(Scripted(book(2), [noise, END]), [restaurant.tool()])
    assert await d.turn("A table for two.") == "Table for 2."
    assert len(restaurant.booked) == 1


async def test_a_tool_that_cannot_change_a_booking_says_that_it_stands() -> None:
    def book(people: int) -> str:
        """Book a table."""
        return f"Table for {people}."

    model = Scripted(
        [ToolCall("1", "book", '{"people": 2}'), END],
        say("Booked."),
        [ToolCall("2", "book", '{"people": 3}'), END],
        say("Booked."),
    )
    d = Dialogue(model, [Tool(book)])
    await d.turn("A table for two.")
    await d.turn("No, wait, three.")
    assert model.asked[-1][-1] == (
        "result: Table for 3. What you asked for before still stands, too."
    )


async def test_a_failed_call_is_tried_again_under_its_key() -> None:
    keys: list[str] = []

    def book(idempotency_key: str) -> str:
        """Book a table."""
        keys.append(idempotency_key)
        if len(keys) == 1:
            raise llm.ToolError("the line was busy")
        return "Booked it."

    call = [ToolCall("1", "book", "{}"), END]
    d = Dialogue(Scripted(call, call, say("Done.")), [Tool(book)])
    assert await d.turn("Book it.") == "Done."
    assert keys[0] == keys[1]


async def test_tools_that_may_be_stopped_are_stopped() -> None:
    begun = asyncio.Event()

    @tool(cancellable=True)
    async def dial() -> str:
        """Call somebody."""
        begun.set()
        await asyncio.Event().wait()
        return ""

    model = Scripted([ToolCall("1", "dial", "{}"), END], say("All right."))
    d = Dialogue(model, [Tool(dial)])
    events: list[ToolEvent] = []
    reply = d.reply("Call Anna.")
    reply.on_tool = events.append
    saying = asyncio.create_task(words(reply))
    await begun.wait()
    await drop(saying, reply)
    assert await d.turn("No, Bert.") == "All right."
    assert "dial was stopped when the caller spoke on; nothing was changed." in model.asked[1][1]
    assert events == [
        ToolWanted("dial", "1"),
        ToolStarted("dial", "1"),
        ToolFinished("dial", "1", failed=True),
    ]


async def test_a_read_only_tool_runs_ahead_and_leaves_no_trace_when_dropped() -> None:
    ran = asyncio.Event()

    @tool(side_effects=False)
    async def look() -> str:
        """Look it up."""
        ran.set()
        return "It is open."

    model = Scripted([ToolCall("1", "look", "{}"), END], say("Yes."), say("No."))
    d = Dialogue(model, [Tool(look)])
    reply = d.reply("Are you", speculative=True)
    assert await words(reply) == "Yes."
    assert ran.is_set()
    await reply.aclose()
    assert await d.turn("Are you closed?") == "No."
    assert told(d.conversation.context) == ["user: Are you closed?", "assistant: No."]


async def test_a_read_only_tool_that_ran_ahead_is_remembered_once_committed() -> None:
    @tool(side_effects=False)
    async def look() -> str:
        """Look it up."""
        return "It is open."

    d = Dialogue(Scripted([ToolCall("1", "look", "{}"), END], say("Yes.")), [Tool(look)])
    reply = d.reply("Are you open?", speculative=True)
    said = await words(reply)
    await reply.aclose()
    reply.commit()
    d.conversation.heard_caller("Are you open?")
    d.conversation.heard_agent(said)
    assert told(d.conversation.context)[1:3] == ["call: {}", "result: It is open."]
