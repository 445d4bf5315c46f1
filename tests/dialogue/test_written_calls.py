from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from dialogue.completion import CallBegun, Event, Finished, TextDelta, ToolCall
from dialogue.written_calls import understood, written_calls

CALL = '{"name": "order", "arguments": {"number": "7"}}'
END = Finished("stop")


async def understand(*pieces: str) -> list[Event]:
    async def events() -> AsyncGenerator[Event, None]:
        for piece in pieces:
            yield TextDelta(piece)
        yield END

    return [event async for event in understood(events()) if event != CallBegun()]


@pytest.mark.parametrize(
    "written",
    [
        CALL,
        f"\n```json\n{CALL}\n```",
        f"<tool_call>\n{CALL}\n</tool_call>",
        f"[{CALL}]",
    ],
)
async def test_a_written_call_is_a_call(written: str) -> None:
    for pieces in ([written], list(written)):
        call, end = await understand(*pieces)
        assert isinstance(call, ToolCall)
        assert (call.name, call.arguments) == ("order", '{"number": "7"}')
        assert end == END


async def test_a_call_is_known_while_it_is_written() -> None:
    async def half() -> AsyncGenerator[Event, None]:
        yield TextDelta("One moment. ")
        yield TextDelta(CALL[:12])

    events = understood(half())
    assert [await anext(events), await anext(events)] == [TextDelta("One moment. "), CallBegun()]
    await events.aclose()


async def test_words_pass_as_they_come() -> None:
    assert await understand("Your", " order {7}") == [
        TextDelta("Your"),
        TextDelta(" order {7}"),
        END,
    ]


async def test_a_call_after_words_is_a_call() -> None:
    first, call, end = await understand("Let me see. ", '{"na', CALL[4:])
    assert first == TextDelta("Let me see. ")
    assert isinstance(call, ToolCall)
    assert (call.name, end) == ("order", END)


@pytest.mark.parametrize("half", ['{"name": "order", "argu', "<tool_call>\n{", '{ "name": 1}'])
async def test_half_a_call_is_not_read_out(half: str) -> None:
    assert await understand("Well. ", half) == [TextDelta("Well. "), END]


async def test_llamas_way_to_write_a_call() -> None:
    call, _ = await understand('{"name": "order", "parameters": {"number": 7}}')
    assert isinstance(call, ToolCall)
    assert call.arguments == '{"number": 7}'


async def test_what_turns_out_to_be_no_call_is_text() -> None:
    assert await understand("{", "7} is a set.") == [TextDelta("{7} is a set."), END]


def test_two_calls_have_ids_of_their_own() -> None:
    one, two = written_calls(f"{CALL}\n{CALL}")
    assert one.id != two.id


@pytest.mark.parametrize("text", ["", "no call", "{", '{"name": "order"}', '{"name": 1}', "[{}]"])
def test_anything_else_is_no_call(text: str) -> None:
    assert written_calls(text) == ()
