"""Tools for the embedded model: told in a line each, called as Python functions are.

    book_table(people=3, day="Friday", time="6:30")

takes half of the tokens that the same call takes as JSON, and so does telling of the tools. A
grammar holds the model to it: a reply begins with a capital, a call with a tool's name; arguments
have the parameter's type and copy what was said, or are None where it was not. What a call lacks
is asked for.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any, Final
from uuid import uuid4

from livekit.agents import llm

from dialogue.completion import CallBegun, Event, Finished, TextDelta, ToolCall
from dialogue.copying import Copied, copied, literal, numbers_of
from dialogue.frames import number_told, settled
from dialogue.mentions import counted, is_strict, kind_of

Message = dict[str, Any]
Schema = Mapping[str, Any]

_TASK: Final = (
    "These functions do things for the caller. When the caller asks for what one of them does, "
    "write only its call. Otherwise answer in words."
)
_HELLO: Final = (
    {"role": "user", "content": "Hello!"},
    {"role": "assistant", "content": "Hello, what can I do for you?"},
)
_NOTE: Final = re.compile(r"^\[Not [^\]]*\] ")
_TYPES: Final = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
_NONE: Final = "None"
_PEOPLE: Final = frozenset("people persons guests seats passengers size".split())


def schemas(tools: Sequence[llm.Tool]) -> list[Schema]:
    """Name, description and parameters of each tool, as OpenAI's format has them."""
    listed = llm.ToolContext(list(tools)).parse_function_tools("openai", strict=False)
    return [tool["function"] for tool in listed]


def messages(context: llm.ChatContext, tools: Sequence[llm.Tool]) -> list[Message]:
    """The conversation for the model's chat template, with the tools and calls as text.

    Each tool is asked for and called once before the conversation begins: small models follow
    what was done sooner than what they are told to do.
    """
    known = schemas(tools)
    found: list[Message] = []
    for item in context.items:
        role, text = _said(item)
        if not role:
            continue
        if found and found[-1]["role"] == role:
            found[-1]["content"] += f"\n{text}"
        else:
            found.append({"role": role, "content": text})
    if known:
        if not found or found[0]["role"] != "system":
            found.insert(0, {"role": "system", "content": ""})
        told = "\n".join((found[0]["content"], "", _TASK, *map(_signature, known)))
        found[0]["content"] = told.strip()
        found[1:1] = [*map(dict, _HELLO), *(shot for one in known for shot in _shown(one))]
    return found


def _said(item: llm.ChatItem) -> tuple[str, str]:
    match item:
        case llm.ChatMessage():
            return item.role, item.text_content or ""
        case llm.FunctionCall():
            return "assistant", _written(item.name, item.arguments)
        case llm.FunctionCallOutput():
            return "user", f"[{item.name}: {item.output}]"
    return "", ""


def _written(name: str, arguments: str) -> str:
    try:
        known = json.loads(arguments or "{}")
        return f"{name}({', '.join(f'{key}={_literal(value)}' for key, value in known.items())})"
    except (ValueError, AttributeError):
        return f"{name}()"


def _literal(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def _signature(schema: Schema) -> str:
    needed = _required(schema)
    told = ", ".join(
        f"{name}: {_type(form)}" + ("" if name in needed else f" = {_NONE}")
        for name, form in _parameters(schema).items()
    )
    return f"{schema['name']}({told}): {_does(schema)}"


def _shown(schema: Schema) -> tuple[Message, Message]:
    """A request in the tool's own words, and its call with nothing known."""
    call = ", ".join(f"{name}={_NONE}" for name in _required(schema))
    return (
        {"role": "user", "content": _does(schema)},
        {"role": "assistant", "content": f"{schema['name']}({call})"},
    )


def _does(schema: Schema) -> str:
    return (schema.get("description") or "").strip().partition("\n")[0] or str(schema["name"])


def _parameters(schema: Schema) -> Mapping[str, Schema]:
    found: Mapping[str, Schema] = (schema.get("parameters") or {}).get("properties", {})
    return found


def _required(schema: Schema) -> list[str]:
    needed = (schema.get("parameters") or {}).get("required", ())
    return [name for name in _parameters(schema) if name in needed]


def _type(form: Schema) -> str:
    if choices := form.get("enum"):
        return " | ".join(map(_literal, choices))
    if options := form.get("anyOf"):
        return _type(next(o for o in options if o.get("type") != "null"))
    if form.get("type") == "array":
        return f"list[{_type(form.get('items', {}))}]"
    return _TYPES.get(str(form.get("type")), "str")


def grammar(context: llm.ChatContext, tools: Sequence[llm.Tool]) -> str:
    """What may be written next: words, or one call of a tool with what was said."""
    said = copied(_texts(context))
    newest = context.items[-1] if context.items else None
    if not (isinstance(newest, llm.ChatMessage) and newest.role == "user"):
        said = replace(said, counts={}, newest=())
    turns = [item for item in context.items if isinstance(item, llm.ChatMessage)]
    opening = [item.role for item in turns].count("user") == 1
    rules = {f"call{i}": _call(schema, said, opening) for i, schema in enumerate(schemas(tools))}
    rules = {
        "root": " | ".join(("words", *rules)),
        "words": r"[^a-z`{[<(\x00-\x20] [^\x00]*",
        **rules,
        **said.rules,
        "number": " | ".join(map(literal, said.numbers or (_NONE,))),
    }
    return "\n".join(f"{name} ::= {rule}" for name, rule in rules.items())


def _texts(context: llm.ChatContext) -> Iterable[str]:
    """What was said and what tools gave, the newest first."""
    for item in reversed(context.items):
        if isinstance(item, llm.ChatMessage) and item.role in ("user", "assistant"):
            yield _NOTE.sub("", item.text_content or "")
        elif isinstance(item, llm.FunctionCallOutput):
            yield item.output


def _call(schema: Schema, said: Copied, opening: bool) -> str:
    """The call's rule: every required argument, and any of the others, in order."""
    needed = _required(schema)
    kinds = {name: _parameters(schema)[name].get("type") for name in needed}
    known = settled(
        [name for name in needed if kinds[name] == "string"],
        [name for name in needed if kinds[name] == "integer"],
        said.newest,
        f"{schema['name']} {_does(schema)}",
        opening=opening,
    )
    parts = [literal(schema["name"] + "(")]
    begun = False
    for name, form in _parameters(schema).items():
        value = _value(form, said, name)
        if name in needed:
            given = literal(_NONE) if value is None else f"({value} | {literal(_NONE)})"
            if name in known and kinds[name] == "string":
                given = f"({' | '.join(literal(_literal(text)) for text in known[name])})"
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
    people = name.rpartition("_")[2] in _PEOPLE
    return counted(name, said.counts) or (number_told(said.newest) if people else None)


def _value(form: Schema, said: Copied, name: str = "") -> str | None:
    """What an argument may be; None where nothing was said that it could be."""
    if choices := form.get("enum"):
        return "(" + " | ".join(literal(_literal(choice)) for choice in choices) + ")"
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


async def understood(
    events: AsyncGenerator[Event, None], tools: Sequence[llm.Tool]
) -> AsyncGenerator[Event, None]:
    """`events` with a written call as a `ToolCall`; words pass at once.

    A call that lacks what the tool needs becomes the question for it; half a call, for want of
    tokens, is left out. Closing this closes `events`.
    """
    known = {str(schema["name"]): schema for schema in schemas(tools)}
    held, saying, calling = "", False, False
    async with aclosing(events):
        async for event in events:
            if isinstance(event, TextDelta) and not saying:
                held += event.text
                saying = not any(_begins(held, name + "(") for name in known)
                if saying:
                    yield TextDelta(held)
                elif not calling and "(" in held:
                    calling = True
                    yield CallBegun()
                continue
            if isinstance(event, Finished) and held and not saying and (call := parsed(held)):
                missing = _missing(known[call.name], call)
                yield TextDelta(_question(call, missing)) if missing else call
            yield event


def _begins(text: str, opening: str) -> bool:
    return opening.startswith(text) or text.startswith(opening)


def parsed(text: str) -> ToolCall | None:
    """The call that `text` is; arguments of None are left out. None where it is no call."""
    try:
        tree = ast.parse(text.strip(), mode="eval").body
        if not isinstance(tree, ast.Call) or not isinstance(tree.func, ast.Name):
            return None
        known = {word.arg: ast.literal_eval(word.value) for word in tree.keywords if word.arg}
    except (SyntaxError, ValueError):
        return None
    known = {name: value for name, value in known.items() if value is not None}
    return ToolCall(f"call_{uuid4().hex}", tree.func.id, json.dumps(known))


def _missing(schema: Schema, call: ToolCall) -> list[str]:
    """What the tool needs to know and was not told, as its docstring describes it."""
    given = json.loads(call.arguments)
    return [_described(schema, name) for name in _required(schema) if name not in given]


def _described(schema: Schema, name: str) -> str:
    line = re.search(rf"^\s*{name}: *(.+)$", schema.get("description") or "", re.MULTILINE)
    told = _parameters(schema)[name].get("description") or (line and line[1])
    text = (told or f"the {name.replace('_', ' ')}").strip().rstrip(".")
    return text[:1].lower() + text[1:]


def _question(call: ToolCall, missing: Sequence[str]) -> str:
    """Asks for what is missing, after what was understood: a caller can put that right at once."""
    given = [_confirmed(name, value) for name, value in json.loads(call.arguments).items()]
    *others, last = missing
    asked = f"Please tell me {', '.join(others)}{' and ' if others else ''}{last}."
    told = ", ".join(given)
    return f"{told[:1].upper()}{told[1:].removesuffix('.')}. {asked}" if told else asked


def _confirmed(name: str, value: object) -> str:
    """An argument as it is confirmed: a word as it is, a number with what it counts."""
    if isinstance(value, str):
        return value
    what = name.replace("_", " ")
    return f"{value} {what}" if what.endswith(("s", "people")) else f"{what} {value}"
