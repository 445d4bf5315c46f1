"""What the embedded model may write: words, or one call of a tool with what was said.

The grammar is llama.cpp's GBNF. Words begin with a capital, a call with a tool's name; arguments
have the parameter's type and copy what was said, or are None where it was not. What the networks
and rules of `frames` settle leaves the model no choice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from livekit.agents import llm

from dialogue.conversation import as_said
from dialogue.copying import Copied, copied, literal, numbers_of
from dialogue.corrections import asks_again, puts_right
from dialogue.disfluency.words import Word
from dialogue.frames import Form, Reader, Settled, corrected, number_of, settled
from dialogue.mentions import is_strict, kind_of
from dialogue.schemas import (
    NONE,
    Schema,
    call_of,
    does,
    options,
    parameters,
    required,
    schemas,
    source,
)
from dialogue.tools import traits_of

_NOTE: Final = re.compile(r"^\[Not [^\]]*\] ")


@dataclass(frozen=True)
class Grammar:
    """What may be written next, in GBNF."""

    rules: str
    settled: Mapping[str, str]
    """Calls that can be written in one way only, by the tool's name: the model need not go on."""


class _Part(NamedTuple):
    """Of a rule; `text` where it allows nothing else."""

    rule: str
    text: str | None


def grammar(
    context: llm.ChatContext, tools: Sequence[llm.Tool], reader: Reader | None = None
) -> Grammar:
    """What may be written next: words, or one call of a tool with what was said.

    A `reader` settles arguments that the rules leave open.
    """
    said = copied(_texts(context))
    newest = context.items[-1] if context.items else None
    if not (isinstance(newest, llm.ChatMessage) and newest.role == "user"):
        said = replace(said, newest=())
    turns = [item for item in context.items if isinstance(item, llm.ChatMessage)]
    opening = [item.role for item in turns].count("user") == 1
    known = schemas(tools)
    if again := _again(context, tools, said.newest):
        return again
    told = settled(list(map(_form, known)), said.newest, opening=opening, reader=reader)
    calls = [_call(schema, said, found) for schema, found in zip(known, told, strict=True)]
    names = [f"call{i}" for i in range(len(calls))]
    rules = {
        "root": " | ".join(("words", *names)),
        "words": r"[^a-z`{[<(\x00-\x20] [^\x00]*",
        **{name: call.rule for name, call in zip(names, calls, strict=True)},
        **said.rules,
        "number": " | ".join(map(literal, said.numbers or (NONE,))),
    }
    return Grammar(
        "\n".join(f"{name} ::= {rule}" for name, rule in rules.items()),
        {one["name"]: call.text for one, call in zip(known, calls, strict=True) if call.text},
    )


def _again(
    context: llm.ChatContext, tools: Sequence[llm.Tool], newest: Sequence[Word]
) -> Grammar | None:
    """The call made last, with what the newest words change in it, where they do only that."""
    calls = [item for item in context.items if isinstance(item, llm.FunctionCall)]
    tool = llm.ToolContext(list(tools)).function_tools.get(calls[-1].name) if calls else None
    turn = context.items[-1]
    if tool is None or not newest or not isinstance(turn, llm.ChatMessage):
        return None
    said, reads_only = as_said(turn), not traits_of(tool).side_effects
    if not puts_right(said) and not (reads_only and asks_again(said)):
        return None
    (schema,) = schemas([tool])
    given = {name: value for name, value in json.loads(calls[-1].arguments).items() if value}
    if (arguments := corrected(_form(schema), given, newest)) is None:
        return None
    told = {name: arguments[name] for name in parameters(schema) if name in arguments}
    call = call_of(schema["name"], told)
    return Grammar(f"root ::= {literal(call)}", {schema["name"]: call})


def _texts(context: llm.ChatContext) -> Iterable[str]:
    """What was said and what tools gave, the newest first."""
    for item in reversed(context.items):
        if isinstance(item, llm.ChatMessage) and item.role in ("user", "assistant"):
            yield _NOTE.sub("", item.text_content or "")
        elif isinstance(item, llm.FunctionCallOutput):
            yield item.output


def _form(schema: Schema) -> Form:
    """What the tool asks for in words and in whole numbers."""
    needed, types = required(schema), {n: _type(f) for n, f in parameters(schema).items()}
    return Form(
        [name for name, kind in types.items() if kind == "string"],
        [name for name, kind in types.items() if kind == "integer"],
        f"{schema['name']} {does(schema)}",
        [name for name in types if name not in needed],
    )


def _call(schema: Schema, said: Copied, known: Settled) -> _Part:
    """The call's rule: every required argument, and any of the others, in order."""
    needed = required(schema)
    parts = [_only(schema["name"] + "(")]
    begun = False
    for name, form in parameters(schema).items():
        value = _value(form, said, name)
        is_told = bool(known.get(name))
        if name in needed or is_told:
            parts += [_only(", " * begun + name + "="), _given(name, form, said, known, value)]
            begun = True
        elif value is None or name in known:
            continue
        elif begun:
            parts.append(_Part(f"({literal(f', {name}=')} {value})?", None))
        else:
            parts.append(_Part(f"({literal(f'{name}=')} {value} {literal(', ')})?", None))
    parts.append(_only(")"))
    texts = [part.text for part in parts if part.text is not None]
    whole = "".join(texts) if len(texts) == len(parts) else None
    return _Part(" ".join(part.rule for part in parts), whole)


def _only(text: str) -> _Part:
    return _Part(literal(text), text)


def _given(name: str, form: Schema, said: Copied, known: Settled, value: str | None) -> _Part:
    """What a required argument may be, `value` being what such an argument may be at all."""
    if name in known and not known[name]:
        return _only(NONE)
    if name in known and _type(form) == "string":
        texts = [source(text) for text in known[name]]
        if len(texts) == 1:
            return _only(texts[0])
        return _Part(f"({' | '.join(map(literal, texts))})", None)
    if value is None:
        return _only(NONE)
    if _type(form) in ("integer", "number") and (count := number_of(name, said.newest)):
        return _only(count)
    if name in known and (number := _number_in(known[name][0], said)):
        return _only(number)
    return _Part(f"({value} | {literal(NONE)})", None)


def _type(form: Schema) -> str | None:
    """The JSON type of a parameter's values, where they are of one type besides null.

    None for a choice between given ones.
    """
    types = {None if option.get("enum") else option.get("type") for option in options(form)}
    return types.pop() if len(types) == 1 else None


def _number_in(text: str, said: Copied) -> str | None:
    """The one number that a value holds."""
    numbers = numbers_of(text)
    return numbers[0] if len(numbers) == 1 and numbers[0] in said.numbers else None


def _value(form: Schema, said: Copied, name: str = "") -> str | None:
    """What an argument may be; None where nothing was said that it could be."""
    form = options(form)[0]
    if choices := form.get("enum"):
        return "(" + " | ".join(literal(source(choice)) for choice in choices) + ")"
    match form.get("type"):
        case "integer" | "number":
            if number := number_of(name, said.newest):
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
