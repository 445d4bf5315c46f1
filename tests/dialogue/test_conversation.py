from __future__ import annotations

from livekit.agents import llm

from dialogue.completion import ToolCall
from dialogue.conversation import Conversation
from dialogue.settings import ThinkingSettings
from dialogue.tool_calls import Caller
from dialogue.tools import Tool
from dialogue.understanding import Understanding


def said(context: llm.ChatContext) -> list[tuple[str, str]]:
    return [
        (item.role, item.text_content or "")
        for item in context.items
        if isinstance(item, llm.ChatMessage)
    ]


async def used(conversation: Conversation, call_id: str) -> None:
    """A reply to the newest turn calls a tool."""

    def look() -> str:
        """Look."""
        return "seen"

    calls, tools = conversation.tool_calls, llm.ToolContext([Tool(look)])
    by = Caller(object(), calls.turn - 1, "", True, lambda event: None)
    calls.begin(ToolCall(call_id, "look", "{}"), tools, by)
    await calls.settled()


def short(tokens: int = 512) -> Conversation:
    return Conversation(
        ThinkingSettings(system_prompt="Be kind.", context_tokens=tokens, max_reply_tokens=8)
    )


def test_it_begins_with_the_system_prompt() -> None:
    assert said(short().context) == [("system", "Be kind.")]


def test_an_interrupted_reply_holds_what_was_heard() -> None:
    conversation = short()
    conversation.heard_caller("Tell me a story.")
    conversation.heard_agent("Once upon a", interrupted=True)
    conversation.heard_caller("No, a joke.")
    assert said(conversation.context)[1:] == [
        ("user", "Tell me a story."),
        ("assistant", "Once upon a"),
        ("user", "No, a joke."),
    ]
    interrupted = [
        item.interrupted for item in conversation.context.items if item.type == "message"
    ]
    assert interrupted == [False, False, True, False]


def test_a_reply_of_which_nothing_was_heard_leaves_no_trace() -> None:
    conversation = short()
    conversation.heard_caller("I want")
    conversation.heard_agent(" ", interrupted=True)
    conversation.heard_caller("to go home.")
    assert said(conversation.context)[1:] == [("user", "I want to go home.")]


def test_asking_does_not_change_it() -> None:
    conversation = short()
    asked = conversation.asked("What time is it?")
    assert said(asked)[-1] == ("user", "What time is it?")
    assert said(conversation.context) == [("system", "Be kind.")]
    conversation.heard_caller("What")
    assert said(conversation.asked("time is it?"))[1:] == [("user", "What time is it?")]
    assert said(conversation.context)[1:] == [("user", "What")]


def test_what_it_gives_out_cannot_change_it() -> None:
    conversation = short()
    conversation.context.add_message(role="user", content="hijack")
    assert said(conversation.context) == [("system", "Be kind.")]


async def test_the_oldest_turns_go_first_and_whole() -> None:
    conversation = short()
    for turn in range(100):
        conversation.heard_caller(f"Question {turn}: " + "word " * 20)
        await used(conversation, f"c{turn}")
        conversation.heard_agent(f"Answer {turn}. " + "word " * 20)
        _, *items = conversation.context.items
        assert said(conversation.context)[0][1].startswith("Be kind.")
        assert [item.type for item in items] == [
            "message",
            "function_call",
            "function_call_output",
            "message",
        ] * (len(items) // 4)
        assert sum(len(text) for _, text in said(conversation.context)) / 4 < 512
    assert said(conversation.context)[-1][1].startswith("Answer 99.")


def test_forgetting_is_rare() -> None:
    conversation = short()
    forgot = 0
    for turn in range(100):
        before = len(conversation.context.items)
        conversation.heard_caller(f"Question {turn}: " + "word " * 10)
        forgot += len(conversation.context.items) < before
        conversation.heard_agent(f"Answer {turn}.")
    assert 0 < forgot <= 25


def test_the_newest_words_are_never_forgotten() -> None:
    conversation = short()
    conversation.heard_caller("Hello.")
    conversation.heard_agent("Hello!")
    endless = "word " * 5000
    conversation.heard_caller(endless)
    assert said(conversation.context)[1:] == [("user", endless.strip())]


def test_the_model_is_shown_what_was_meant_and_the_words_are_kept() -> None:
    conversation = short()
    conversation.heard_caller("A table for Tuesday.")
    conversation.heard_caller("No, um, Wednesday.")
    (_, shown) = said(conversation.context)[-1]
    assert shown == "[Not Tuesday.] A table for Wednesday."
    last = conversation.context.items[-1]
    assert isinstance(last, llm.ChatMessage)
    assert last.extra["raw"] == "A table for Tuesday. No, um, Wednesday."


def test_what_forgotten_turns_established_stays_after_the_system_prompt() -> None:
    conversation = short(600)
    conversation.heard_caller("Hello there, my name is Anna Schmidt and I live in Bonn.")
    conversation.heard_agent("Hello Anna!")
    conversation.heard_caller("I'd like a table for four on Friday, at half past seven.")
    conversation.heard_agent("Gladly.")
    notes = set()
    for turn in range(60):
        conversation.heard_caller("And tell me something about the food that you make. " * 3)
        conversation.heard_agent(f"Well, it is good. {turn}")
        notes.add(said(conversation.context)[0][1])
    assert said(conversation.context)[0][1] == (
        "Be kind.\n\nEstablished earlier in this call:\n- The caller said: "
        "Hello there, my name is Anna Schmidt and I live in Bonn / "
        "I'd like a table for 4 on Friday, at 7:30"
    )
    assert len(notes) == 2


def test_what_was_meant_is_made_out_by_the_networks_too(understanding: Understanding) -> None:
    said = "The washing machine you delivered on Saturday, Sunday, has a big dent."
    by_rules = Conversation(ThinkingSettings()).asked(said)
    learned = Conversation(ThinkingSettings(), understanding).asked(said)
    shown = [messages[-1].text_content for messages in (by_rules.messages(), learned.messages())]
    assert shown[0] == said
    assert shown[1] == (
        "[Not Saturday.] The washing machine you delivered on Sunday, has a big dent."
    )
