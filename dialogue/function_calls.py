"""Tools for the embedded model: told in a line each, called as Python functions are.

    book_table(people=3, day="Friday", time="6:30")

takes half of the tokens that the same call takes as JSON, and so does telling of the tools. A
grammar (`call_grammar`) holds the model to it. What a call lacks is asked for.
"""

from __future__ import annotations

import ast
import json
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing
from types import MappingProxyType
from typing import Any, Final
from uuid import uuid4

from livekit.agents import llm

from dialogue.completion import CallBegun, Event, Finished, TextDelta, ToolCall
from dialogue.schemas import (
    NONE,
    Schema,
    call_of,
    described,
    does,
    options,
    parameters,
    required,
    schemas,
    source,
)

Message = dict[str, Any]

_TASK: Final = (
    "These functions do things for the caller. When the caller asks for what one of them does, "
    "write only its call. Otherwise answer in words."
)
_HELLO: Final = (
    {"role": "user", "content": "Hello!"},
    {"role": "assistant", "content": "Hello, what can I do for you?"},
)
_TYPES: Final = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}


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
        return call_of(name, json.loads(arguments or "{}"))
    except (ValueError, AttributeError):
        return call_of(name, {})


def _signature(schema: Schema) -> str:
    needed = required(schema)
    told = ", ".join(
        f"{name}: {_type(form)}" + ("" if name in needed else f" = {NONE}")
        for name, form in parameters(schema).items()
    )
    return f"{schema['name']}({told}): {does(schema)}"


def _shown(schema: Schema) -> tuple[Message, Message]:
    """A request in the tool's own words, and its call with nothing known."""
    nothing = dict.fromkeys(required(schema))
    return (
        {"role": "user", "content": does(schema)},
        {"role": "assistant", "content": call_of(schema["name"], nothing)},
    )


def _type(form: Schema) -> str:
    form = options(form)[0]
    if choices := form.get("enum"):
        return " | ".join(map(source, choices))
    if form.get("type") == "array":
        return f"list[{_type(form.get('items', {}))}]"
    return _TYPES.get(str(form.get("type")), "str")


async def understood(
    events: AsyncGenerator[Event, None],
    tools: Sequence[llm.Tool],
    settled: Mapping[str, str] = MappingProxyType({}),
) -> AsyncGenerator[Event, None]:
    """`events` with a written call as a `ToolCall`; words pass at once.

    A call that lacks what the tool needs becomes the question for it; half a call, for want of
    tokens, is left out. A call that is `settled`, by its tool's name, is not waited for. Closing
    this closes `events`.
    """
    known = {str(schema["name"]): schema for schema in schemas(tools)}
    held, saying, calling = "", False, False
    async with aclosing(events):
        async for event in events:
            if isinstance(event, TextDelta) and not saying:
                held += event.text
                begun = [name for name in known if _begins(held, name + "(")]
                saying = not begun
                if saying:
                    yield TextDelta(held)
                elif not calling and _is_call(held, begun):
                    calling = True
                    yield CallBegun()
                    if whole := settled.get(begun[0]):
                        for made in _made(whole, known):
                            yield made
                        yield Finished("stop")
                        return
                continue
            if isinstance(event, Finished) and not saying:
                for made in _made(held, known):
                    yield made
            yield event


def _is_call(held: str, begun: Sequence[str]) -> bool:
    """Whether it can become nothing but a call of one tool: words begin with a capital."""
    return len(begun) == 1 and ("(" in held or held[:1].islower())


def _made(text: str, known: Mapping[str, Schema]) -> Iterator[Event]:
    """The call that was written, or the question for what it lacks; nothing of half a call."""
    if call := parsed(text):
        missing = _missing(known[call.name], call)
        yield TextDelta(_question(call, missing)) if missing else call


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
    return [described(schema, name) for name in required(schema) if name not in given]


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
