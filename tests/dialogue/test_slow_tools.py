"""What the caller hears of tools that take long, fail or must wait."""

from __future__ import annotations

import asyncio

import pytest
from livekit.agents import llm
from tool_dialogue import (
    END,
    SETTINGS,
    Dialogue,
    Restaurant,
    Scripted,
    book,
    say,
    words,
)

from dialogue.ability import SMALL
from dialogue.completion import ToolCall
from dialogue.reply import Reply
from dialogue.sentences import SLOW
from dialogue.tool_calls import ToolWanted
from dialogue.tools import Tool


@pytest.fixture
def restaurant() -> Restaurant:
    return Restaurant()


async def test_one_word_while_a_tool_takes_long(restaurant: Restaurant) -> None:
    steps = [book(2), say("Booked."), book(3, "2"), say("Booked.")]
    hasty = SETTINGS.model_copy(update={"filler_after": 0.001})
    d = Dialogue(Scripted(*steps), [restaurant.tool()], hasty)
    heard: list[str] = []
    for text in ("A table for two.", "And one for three."):
        restaurant.open.clear()
        async for word in d.reply(text):
            heard.append(word)
            restaurant.open.set()
        d.conversation.heard_caller(text)
        d.conversation.heard_agent("".join(heard))
    assert heard == ["Let me check. ", "Booked.", "Just a second. ", "Booked."]
    assert SLOW not in heard


async def test_what_takes_too_long_goes_on_and_is_told_when_it_is_there(
    restaurant: Restaurant,
) -> None:
    model = Scripted(book(2), say("It takes long."), say("Your table is booked."))
    hasty = SETTINGS.model_copy(update={"tool_timeout": 0.001})
    d = Dialogue(model, [restaurant.tool()], hasty)
    assert await d.turn("A table for two.") == "It takes long."
    assert "book is not done yet and goes on" in model.asked[1][-1]
    restaurant.open.set()
    await d.conversation.tool_calls.finished()
    await d.turn("And now?")
    assert model.asked[2][-3:] == [
        'call: {"people": 2}',
        "result: Table for 2. (The caller spoke on before hearing this.)",
        "user: And now?",
    ]


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ("It has shipped with AB3471.", "It has shipped with A B, 3 4 7 1."),
        ("42", "The answer is 42."),
        ('{"status": 1}', "Sorry, I have no answer to that."),
    ],
)
async def test_a_model_that_has_nothing_to_say_of_a_result(result: str, said: str) -> None:
    def look() -> str:
        """Look it up."""
        return result

    d = Dialogue(Scripted([ToolCall("1", "look", "{}"), END], [END]), [Tool(look)])
    assert await words(d.reply("Where is it?")) == said


async def test_a_failure_is_told_in_one_sentence() -> None:
    def look() -> str:
        """Look it up."""
        raise llm.ToolError("the shop is closed.")

    d = Dialogue(Scripted([ToolCall("1", "look", "{}"), END], [END]), [Tool(look)])
    said = await words(d.reply("Where is it?"))
    assert said == "Sorry, that did not work: the shop is closed."


async def test_a_small_model_is_not_asked_to_tell_what_a_tool_has_told() -> None:
    restaurant = Restaurant()
    restaurant.open.set()
    model = Scripted(book(4))
    dialogue = Dialogue(model, [restaurant.tool()], ability=SMALL)
    assert await dialogue.turn("Book for four.") == "Table for 4."
    assert len(model.asked) == 1


def booking(restaurant: Restaurant) -> Reply:
    """A reply that books a table as soon as it may."""
    restaurant.open.set()
    d = Dialogue(Scripted(book(2), say("Booked.")), [restaurant.tool()])
    return d.reply("A table for two.", speculative=True)


async def books_nothing(restaurant: Restaurant) -> None:
    for _ in range(50):
        await asyncio.sleep(0)
    assert not restaurant.booked


async def test_a_tool_waits_while_the_caller_speaks_again(restaurant: Restaurant) -> None:
    reply = booking(restaurant)
    reply.commit()
    reply.withhold()
    saying = asyncio.create_task(words(reply))
    await books_nothing(restaurant)
    reply.commit()
    assert await saying == "Booked."
    assert [people for people, *_ in restaurant.booked] == [2]


async def test_a_tool_that_is_told_to_wait_when_it_is_wanted_waits(restaurant: Restaurant) -> None:
    reply = booking(restaurant)
    reply.on_tool = lambda event: reply.withhold() if isinstance(event, ToolWanted) else None
    reply.commit()
    saying = asyncio.create_task(words(reply))
    await books_nothing(restaurant)
    reply.commit()
    reply.withhold()
    await books_nothing(restaurant)
    reply.commit()
    assert await saying == "Booked."
