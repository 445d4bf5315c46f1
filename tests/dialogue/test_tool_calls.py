"""What becomes of tools when the caller interrupts, goes on or corrects himself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field

import pytest
from livekit.agents import llm

from dialogue.ability import ABLE, SMALL, Ability
from dialogue.completion import Event, Finished, TextDelta, ToolCall
from dialogue.conversation import Conversation
from dialogue.replier import Replier
from dialogue.reply import Reply
from dialogue.sentences import SLOW
from dialogue.settings import ThinkingSettings
from dialogue.tool_calls import ToolEvent, ToolFinished, ToolStarted, ToolWanted
from dialogue.tools import Tool, tool

END = Finished("stop")
SETTINGS = ThinkingSettings(slow_after=30.0, filler_after=30.0, tool_timeout=30.0)


class Scripted:
    """A model whose steps are given; keeps the contexts it was asked with."""

    def __init__(self, *steps: Sequence[Event]) -> None:
        self.asked: list[list[str]] = []
        self._steps = iter(steps)

    async def stream(
        self, context: llm.ChatContext, tools: Sequence[llm.Tool], slot: int
    ) -> AsyncGenerator[Event, None]:
        self.asked.append(told(context))
        for event in next(self._steps):
            yield event

    async def prepare(
        self, context: llm.ChatContext, tools: Sequence[llm.Tool], slot: int
    ) -> None: ...

    async def aclose(self) -> None: ...


def told(context: llm.ChatContext) -> list[str]:
    """A conversation, a line each."""
    lines = []
    for item in context.items[1:]:
        match item:
            case llm.ChatMessage():
                lines.append(f"{item.role}: {item.text_content}")
            case llm.FunctionCall():
                lines.append(f"call: {item.arguments}")
            case llm.FunctionCallOutput():
                lines.append(f"result: {item.output}")
    return lines


@dataclass
class Restaurant:
    """Books tables when `open` is set; remembers each booking with the one that it replaces."""

    booked: list[tuple[int, str, str | None]] = field(default_factory=list)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    open: asyncio.Event = field(default_factory=asyncio.Event)

    def tool(self) -> Tool:
        async def book(people: int, idempotency_key: str, supersedes: str | None = None) -> str:
            """Book a table."""
            self.begun.set()
            await self.open.wait()
            self.booked.append((people, idempotency_key, supersedes))
            return f"Table for {people}."

        return Tool(book)


def book(people: int, call_id: str = "1") -> list[Event]:
    return [ToolCall(call_id, "book", f'{{"people": {people}}}'), END]


def say(text: str) -> list[Event]:
    return [TextDelta(text), END]


async def words(reply: Reply) -> str:
    return "".join([word async for word in reply])


@dataclass
class Dialogue:
    """A conversation, its model and its tools, as a session drives them."""

    model: Scripted
    tools: list[llm.Tool]
    settings: ThinkingSettings = SETTINGS
    ability: Ability = ABLE

    def __post_init__(self) -> None:
        self.conversation = Conversation(self.settings)
        self._replier = Replier(self.model, self.settings, self.ability)

    def reply(self, text: str, *, speculative: bool = False) -> Reply:
        return self._replier.reply(
            self.conversation.asked(text),
            self.tools,
            speculative=speculative,
            tool_calls=self.conversation.tool_calls,
        )

    async def turn(self, text: str) -> str:
        """One turn heard to its end."""
        said = await words(self.reply(text))
        self.conversation.heard_caller(text)
        self.conversation.heard_agent(said)
        return said


async def drop(saying: asyncio.Task[str], reply: Reply) -> None:
    """What a session does with a reply that is not wanted any more."""
    saying.cancel()
    await asyncio.gather(saying, return_exceptions=True)
    await reply.aclose()


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
