"""Slots that the embedded language model reads from a caller's words; used by the bench.

It is asked for them as for the arguments of a tool that it calls in a call with Parley: told in
the same way, held by the same grammar.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from keyword import iskeyword
from typing import Any, Final

from livekit.agents import llm

from dialogue import function_calls
from dialogue.call_grammar import grammar
from dialogue.chat import ChatClient, Message
from dialogue.completion import TextDelta
from dialogue.disfluency.written_form import written
from dialogue.frames import Reader

_COUNTED: Final = frozenset(
    """people guests adults children kids nights tickets rooms seats copies chairs tables
    passengers teas coffees cakes croissants dogs babies bedrooms""".split()
)
"""Slots that a tool would have as an `int`."""
_NAME: Final = "take_request"
_DOES: Final = "Notes down what the caller asks for."
DESCRIPTION: Final = f"{_NAME} {_DOES}"
"""The tool's name and what it does, as its arguments are read with."""
_JOINED: Final = re.compile(r"(?<=\d)[:.,-](?=\d)")
_COUNTED_ONCE: Final = re.compile(r"^(?=(?:hundred|dozen)\b)")
_WORD: Final = re.compile(r"[^\W_]+")
_SILENT: Final = frozenset("a an the at on in to for of with from by my our please".split())
_DIGITS: Final = {
    word: str(number)
    for number, word in enumerate(
        """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
        fifteen sixteen seventeen eighteen nineteen twenty""".split()
    )
} | {
    word: f"{number}{suffix}"
    for number, (word, suffix) in enumerate(
        (
            ("first", "st"),
            ("second", "nd"),
            ("third", "rd"),
            *((word, "th") for word in "fourth fifth sixth seventh eighth ninth".split()),
        ),
        1,
    )
}
_MOST_OTHERS: Final = 3
_DICTATED: Final = 5


@dataclass(frozen=True)
class Reading:
    """Values by slot; what is taken for unsaid is missing."""

    values: dict[str, str]
    asked: bool
    """Whether the grammar left the model a choice; where it admits one call, that is the call."""


async def extract(
    client: ChatClient, text: str, slots: Sequence[str], reader: Reader | None = None
) -> Reading:
    """What the stage and the model read for `slots` in `text`."""
    parameters = {parameter_of(slot): slot for slot in slots}
    tools = [_tool(list(parameters))]
    context = llm.ChatContext.empty()
    context.add_message(role="user", content=text)
    may = grammar(context, tools, reader)
    held = may.rules.replace("root ::= words | ", "root ::= ")
    extra = {"temperature": 0.0, "max_tokens": 90, "grammar": held}
    settled = may.settled.get(_NAME)
    call = function_calls.parsed(
        settled or await answer(client, function_calls.messages(context, tools), extra)
    )
    values = json.loads(call.arguments) if call else {}
    read = {parameters[name]: str(value) for name, value in values.items()}
    return Reading(read, asked=settled is None)


def parameter_of(slot: str) -> str:
    """The name of the tool's parameter for a slot."""
    name = slot.replace(" ", "_")
    return f"{name}_" if iskeyword(name) else name


def _tool(parameters: Sequence[str]) -> llm.Tool:
    properties = {
        name: {"type": "integer" if is_counted(name) else "string"} for name in parameters
    }
    return llm.function_tool(
        _never_run,
        raw_schema={
            "name": _NAME,
            "description": _DOES,
            "parameters": {
                "type": "object",
                "properties": properties,
                "required": list(properties),
            },
        },
    )


def is_counted(name: str) -> bool:
    """Whether a tool would have it as an `int`."""
    return name in _COUNTED or name.startswith("number_of_") or name.endswith("_count")


async def _never_run(raw_arguments: dict[str, object]) -> None:
    """What is measured is the call, not what comes of it."""


async def answer(client: ChatClient, messages: Sequence[Message], extra: Mapping[str, Any]) -> str:
    """The whole text of one reply."""
    text = ""
    async with aclosing(client.stream(messages, (), extra)) as events:
        async for event in events:
            if isinstance(event, TextDelta):
                text += event.text
    return text


def is_right(value: str, gold: str, taken_back: frozenset[str], slot: str = "") -> bool:
    """Whether `value` holds every word of `gold`, at most three others and none taken back.

    Numbers count the same in words and digits, however a dictated one is grouped; articles and
    prepositions do not count, nor does the name of the slot: "room 6" is a 6.
    """
    said = normal(value)
    if gold.lower().startswith(f"{slot} "):
        gold = gold[len(slot) :]
    # "Ten to four" is a time where "at" is before it.
    return any(_holds(said, normal(lead + gold), taken_back) for lead in ("", "at "))


def _holds(said: list[str], meant: list[str], taken_back: frozenset[str]) -> bool:
    dictated = "".join(meant)
    if len(dictated) >= _DICTATED and any(map(str.isdigit, dictated)) and "".join(said) == dictated:
        return True
    others = [word for word in said if word not in meant]
    return (
        all(word in said for word in meant)
        and len(others) <= _MOST_OTHERS
        and not any(word in taken_back for word in others)
    )


def normal(text: str) -> list[str]:
    """Words to compare, numbers in digits."""
    whole = _COUNTED_ONCE.sub("a ", text)
    words = [word.lower() for word in _WORD.findall(_JOINED.sub("", written(whole)))]
    return [_DIGITS.get(word, word) for word in words if word not in _SILENT]
