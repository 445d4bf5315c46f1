from __future__ import annotations

import pytest
from livekit.agents import llm

from dialogue.memory import Memory, clauses, remember


def caller(text: str) -> llm.ChatMessage:
    return llm.ChatMessage(role="user", content=[text])


def used(call_id: str, output: str, *, failed: bool = False) -> list[llm.ChatItem]:
    return [
        llm.FunctionCall(call_id=call_id, name="book", arguments='{"people": 2}'),
        llm.FunctionCallOutput(call_id=call_id, name="book", output=output, is_error=failed),
    ]


WE_ARE = ["We are four people", "and we come from Bonn"]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("My name is Anna Smith.", ["My name is Anna Smith"]),
        ("Hi there. It's for Friday, please. Thanks!", ["It's for Friday, please"]),
        ("We are four people, and we come from Bonn.", WE_ARE),
        ("You can write to anna@example.com.", ["You can write to anna@example.com"]),
        ("The code is A B 3 4 7.", ["The code is A B 3 4 7"]),
        ("Could I come at one o'clock?", ["Could I come at one o'clock?"]),
        ("That sounds good. Can you tell me more?", []),
        ("No one told me.", []),
    ],
)
def test_clauses_with_something_to_remember(text: str, kept: list[str]) -> None:
    assert clauses(text) == kept


def test_what_tools_did_is_kept_and_what_failed_is_not() -> None:
    memory = remember(Memory(), [*used("1", "Busy.", failed=True), *used("2", "Number 17.")], 999)
    assert memory.note() == ('Established earlier in this call:\n- book {"people": 2}: Number 17.')


def test_nothing_established_is_no_note() -> None:
    forgotten = [caller("Hello."), *used("1", "Busy.", failed=True)]
    assert remember(Memory(), forgotten, 999).note() == ""


def test_a_note_keeps_to_its_length_and_forgets_the_oldest_words_first() -> None:
    memory = remember(Memory(), used("1", "Number 17."), 300)
    for turn in range(40):
        memory = remember(memory, [caller(f"Item {turn} comes on Friday.")], 300)
        assert len(memory.note().encode()) <= 300
    assert "Number 17." in memory.note()
    assert memory.said[-1] == "Item 39 comes on Friday"
    assert "Item 0 comes on Friday" not in memory.said


def test_what_is_said_twice_is_kept_once() -> None:
    said = [caller("On Friday."), caller("At 7."), caller("On Friday.")]
    assert remember(Memory(), said, 999).said == ("At 7", "On Friday")
