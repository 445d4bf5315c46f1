"""Tools as JSON schemas, and what is told of them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from livekit.agents import llm

Schema = Mapping[str, Any]

NONE: Final = "None"


def schemas(tools: Sequence[llm.Tool]) -> Sequence[Schema]:
    """Name, description and parameters of each tool, as OpenAI's format has them."""
    return _schemas(tuple(tools))


@lru_cache(maxsize=32)
def _schemas(tools: tuple[llm.Tool, ...]) -> tuple[Schema, ...]:
    # Making them takes milliseconds, and a turn asks for them four times.
    listed = llm.ToolContext(list(tools)).parse_function_tools("openai", strict=False)
    return tuple(tool["function"] for tool in listed)


def parameters(schema: Schema) -> Mapping[str, Schema]:
    """A tool's parameters by name."""
    found: Mapping[str, Schema] = (schema.get("parameters") or {}).get("properties", {})
    return found


def required(schema: Schema) -> list[str]:
    """The parameters without a default."""
    needed = (schema.get("parameters") or {}).get("required", ())
    return [name for name in parameters(schema) if name in needed]


def options(form: Schema) -> list[Schema]:
    """What a parameter's value may be where there is one: `T | None` gives T, all else itself."""
    return [option for option in form.get("anyOf", ()) if option.get("type") != "null"] or [form]


def does(schema: Schema) -> str:
    """What the tool does, in a line."""
    return (schema.get("description") or "").strip().partition("\n")[0] or str(schema["name"])


def described(schema: Schema, name: str) -> str:
    """What a parameter is, as the tool's docstring describes it, for the middle of a sentence."""
    line = re.search(rf"^\s*{name}: *(.+)$", schema.get("description") or "", re.MULTILINE)
    told = parameters(schema)[name].get("description") or (line and line[1])
    text = (told or f"the {name.replace('_', ' ')}").strip().rstrip(".")
    return text[:1].lower() + text[1:]


def source(value: object) -> str:
    """A value as it stands in a call."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def call_of(name: str, arguments: Mapping[str, object]) -> str:
    """A call as the embedded model writes it."""
    return f"{name}({', '.join(f'{key}={source(value)}' for key, value in arguments.items())})"
