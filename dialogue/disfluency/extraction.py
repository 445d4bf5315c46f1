"""Slots that the embedded language model reads from a caller's words; used by the bench."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from typing import Any, Final

from dialogue.chat import ChatClient, Message
from dialogue.completion import TextDelta

_TASK: Final = (
    "Fill in the form with what the caller wants. Copy the caller's own words, as few as needed."
)
_EXAMPLES: Final = (
    (
        "Hello, could I have a table for eleven guests on Sunday at one?",
        {"guests": "eleven", "date": "Sunday", "time": "one"},
    ),
    (
        "[Not 9 Mill Street.] I'd like to send a parcel to 7 High Street.",
        {"item": "parcel", "address": "7 High Street"},
    ),
    ("My name is Peter Jones and the code is X 4 T.", {"name": "Peter Jones", "code": "X 4 T"}),
    ("I do not eat fish, and the train leaves at noon.", {"food": "fish", "time": "noon"}),
)
_WORD = re.compile(r"[^\W_]+")
_SILENT: Final = frozenset("a an the at on in to for of with from by my our please".split())
_DIGITS: Final = {
    word: str(number)
    for number, word in enumerate(
        """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
        fifteen sixteen seventeen eighteen nineteen twenty""".split()
    )
}
_MOST_OTHERS: Final = 3


async def extract(client: ChatClient, text: str, slots: Sequence[str]) -> dict[str, str]:
    """The model's values for `slots` in `text`; its answer is held to a JSON form."""
    schema = {
        "type": "object",
        "properties": {slot: {"type": "string", "maxLength": 60} for slot in slots},
        "required": list(slots),
        "additionalProperties": False,
    }
    extra: dict[str, Any] = {
        "temperature": 0.0,
        "max_tokens": 90,
        "response_format": {"type": "json_schema", "json_schema": {"name": "f", "schema": schema}},
    }
    reply = await answer(client, _messages(text, slots), extra)
    try:
        values = json.loads(reply)
    except ValueError:
        return {}
    return {slot: str(values.get(slot, "")) for slot in slots}


async def answer(client: ChatClient, messages: Sequence[Message], extra: Mapping[str, Any]) -> str:
    """The whole text of one reply."""
    text = ""
    async with aclosing(client.stream(messages, (), extra)) as events:
        async for event in events:
            if isinstance(event, TextDelta):
                text += event.text
    return text


def _messages(text: str, slots: Sequence[str]) -> list[Message]:
    shots: list[Message] = [{"role": "system", "content": _TASK}]
    for said, form in _EXAMPLES:
        shots.append({"role": "user", "content": _asked(said, list(form))})
        shots.append({"role": "assistant", "content": json.dumps(form)})
    return [*shots, {"role": "user", "content": _asked(text, slots)}]


def _asked(text: str, slots: Sequence[str]) -> str:
    return f"Caller: {text}\nForm: {', '.join(slots)}"


def is_right(value: str, gold: str, taken_back: frozenset[str]) -> bool:
    """Whether `value` holds every word of `gold`, at most three others and none taken back.

    Numbers count the same in words and digits; articles and prepositions do not count.
    """
    said, meant = normal(value), normal(gold)
    others = [word for word in said if word not in meant]
    return (
        all(word in said for word in meant)
        and len(others) <= _MOST_OTHERS
        and not any(word in taken_back for word in others)
    )


def normal(text: str) -> list[str]:
    """Words to compare."""
    words = [word.lower() for word in _WORD.findall(text)]
    return [_DIGITS.get(word, word) for word in words if word not in _SILENT]
