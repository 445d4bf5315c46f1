"""What the embedded model may write: words, or one call of a tool with what was said.

The grammar is llama.cpp's GBNF. Words begin with a capital, a call with a tool's name; arguments
have the parameter's type and copy what was said, or are None where it was not. What the networks
and rules of `frames` settle leaves the model no choice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from livekit.agents import llm

from dialogue.copying import Copied, copied, literal, numbers_of
from dialogue.frames import Reader, number_told, settled
from dialogue.mentions import counted, is_strict, kind_of
from dialogue.schemas import NONE, Schema, does, parameters, required, schemas, source

_NOTE: Final = re.compile(r"^\[Not [^\]]*\] ")
_COUNTED: Final = frozenset("people persons guests seats passengers size".split())
"""Ends of the names of parameters that count people."""


def grammar(
    context: llm.ChatContext, tools: Sequence[llm.Tool], reader: Reader | None = None
) -> str:
    """What may be written next: words, or one call of a tool with what was said.

    A `reader` settles arguments that the rules leave open.
    """
    said = copied(_texts(context))
    newest = context.items[-1] if context.items else None
    if not (isinstance(newest, llm.ChatMessage) and newest.role == "user"):
        said = replace(said, counts={}, newest=())
    turns = [item for item in context.items if isinstance(item, llm.ChatMessage)]
    opening = [item.role for item in turns].count("user") == 1
    rules = {
        f"call{i}": _call(schema, said, opening, reader) for i, schema in enumerate(schemas(tools))
    }
    rules = {
        "root": " | ".join(("words", *rules)),
        "words": r"[^a-z`{[<(\x00-\x20] [^\x00]*",
        **rules,
        **said.rules,
        "number": " | ".join(map(literal, said.numbers or (NONE,))),
    }
    return "\n".join(f"{name} ::= {rule}" for name, rule in rules.items())


def _texts(context: llm.ChatContext) -> Iterable[str]:
    """What was said and what tools gave, the newest first."""
    for item in reversed(context.items):
        if isinstance(item, llm.ChatMessage) and item.role in ("user", "assistant"):
            yield _NOTE.sub("", item.text_content or "")
        elif isinstance(item, llm.FunctionCallOutput):
            yield item.output


def _call(schema: Schema, said: Copied, opening: bool, reader: Reader | None) -> str:
    """The call's rule: every required argument, and any of the others, in order."""
    needed = required(schema)
    kinds = {name: parameters(schema)[name].get("type") for name in needed}
    known = settled(
        [name for name in needed if kinds[name] == "string"],
        [name for name in needed if kinds[name] == "integer"],
        said.newest,
        f"{schema['name']} {does(schema)}",
        opening=opening,
        reader=reader,
    )
    parts = [literal(schema["name"] + "(")]
    begun = False
    for name, form in parameters(schema).items():
        value = _value(form, said, name)
        if name in needed:
            given = literal(NONE) if value is None else f"({value} | {literal(NONE)})"
            if name in known and kinds[name] == "string":
                given = f"({' | '.join(literal(source(text)) for text in known[name])})"
            elif value is not None and _counted(name, form, said):
                given = value
            elif name in known and (number := _number_in(known[name][0], said)):
                given = literal(number)
            parts.append(f"{literal(', ' * begun + name + '=')} {given}")
            begun = True
        elif value is not None and begun:
            parts.append(f"({literal(f', {name}=')} {value})?")
        elif value is not None:
            parts.append(f"({literal(f'{name}=')} {value} {literal(', ')})?")
    return " ".join((*parts, literal(")")))


def _number_in(text: str, said: Copied) -> str | None:
    """The one number that a value holds."""
    numbers = numbers_of(text)
    return numbers[0] if len(numbers) == 1 and numbers[0] in said.numbers else None


def _counted(name: str, form: Schema, said: Copied) -> bool:
    return form.get("type") in ("integer", "number") and _count(name, said) is not None


def _count(name: str, said: Copied) -> str | None:
    """How many the newest words count of what the parameter is named for."""
    people = name.rpartition("_")[2] in _COUNTED
    return counted(name, said.counts) or (number_told(said.newest) if people else None)


def _value(form: Schema, said: Copied, name: str = "") -> str | None:
    """What an argument may be; None where nothing was said that it could be."""
    if choices := form.get("enum"):
        return "(" + " | ".join(literal(source(choice)) for choice in choices) + ")"
    if options := form.get("anyOf"):
        return _value(next(o for o in options if o.get("type") != "null"), said, name)
    match form.get("type"):
        case "integer" | "number":
            if number := _count(name, said):
                return literal(number)
            return "number" if said.numbers else None
        case "boolean":
            return '("True" | "False")'
        case "array":
            item = _value(form.get("items", {}), said)
            return f'"[" {item} (", " {item})* "]"' if item else None
        case "object":
            return literal("{}")
    kind = kind_of(name)
    if kind in said.rules:
        return kind
    return None if is_strict(kind) else "span"
