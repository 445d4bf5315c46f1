"""Slots that the embedded language model reads from a caller's words; used by the bench.

It fills a form by copying words of the caller's: a grammar leaves it nothing else to write.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from typing import Any, Final

from dialogue.chat import ChatClient, Message
from dialogue.completion import TextDelta
from dialogue.copying import copied, literal
from dialogue.disfluency.written_form import written

_TASK: Final = "Fill in the form with the caller's own words."
_EXAMPLES: Final = (
    (
        "Hello, could I have a table for 11 guests on Sunday at 1?",
        {"guests": "11", "date": "Sunday", "time": "1"},
    ),
    (
        "I'd like to send 4 crates of oranges to 7 High Street.",
        {"quantity": "4", "item": "crates of oranges", "address": "7 High Street"},
    ),
    ("My name is Peter Jones and the code is XT4.", {"name": "Peter Jones", "code": "XT4"}),
    ("The lamp is broken and I want my money back.", {"item": "lamp", "problem": "broken"}),
    (
        "I do not eat fish or meat, and I come on Tuesdays and Fridays.",
        {"food": "fish or meat", "days": "Tuesdays and Fridays"},
    ),
)
_NOTE: Final = re.compile(r"^\[Not [^\]]*\] ")
_JOINED: Final = re.compile(r"(?<=\d)[:.,-](?=\d)")
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


async def extract(client: ChatClient, text: str, slots: Sequence[str]) -> dict[str, str]:
    """The model's values for `slots` in `text`, each a run of its words."""
    rules = copied([_NOTE.sub("", text)]).rules
    form = f" {literal(', ')} ".join(f"{literal(json.dumps(slot) + ': ')} span" for slot in slots)
    rules["root"] = f'"{{" {form} "}}"'
    grammar = "\n".join(f"{name} ::= {rule}" for name, rule in rules.items())
    extra = {"temperature": 0.0, "max_tokens": 90, "grammar": grammar}
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
    """Words to compare, numbers in digits."""
    words = [word.lower() for word in _WORD.findall(_JOINED.sub("", written(text)))]
    return [_DIGITS.get(word, word) for word in words if word not in _SILENT]
