"""Settings in words: what a setting allows, and config.toml with every default."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

_WIDTH = 96
_LONG_VALUE = 60

_HEADER = """\
# Parley's settings: every one there is, with its unit and its default. Written by
# `parley config --defaults`; a file of your own needs only the settings that it changes.
# `parley config` shows what is in force and where it came from."""


def allowed(table: type[BaseModel], key: str) -> str:
    """What the setting `key` may be: `a whole number from 0 to 65535`."""
    return _allowed(table.model_json_schema()["properties"][key])


def as_toml(value: Any) -> str:
    """A value as TOML writes it, on one line."""
    match value:
        case bool() | str():
            return json.dumps(value, ensure_ascii=False)
        case list() | tuple():
            return f"[{', '.join(as_toml(item) for item in value)}]"
        case dict():
            return f"{{{', '.join(f'{key} = {as_toml(item)}' for key, item in value.items())}}}"
        case _:
            return str(value)


def shortened(value: Any) -> str:
    """A value as TOML writes it, cut short when it is very long."""
    text = as_toml(value)
    return text if len(text) <= _LONG_VALUE else f"{text[:_LONG_VALUE]}..."


def defaults(tables: Iterable[tuple[str, type[BaseModel]]]) -> str:
    """The whole of config.toml: a comment, what is allowed and the default of every setting."""
    sections = [_HEADER]
    for name, table in tables:
        sections.append(f"{_comment(table.__doc__ or '')}\n[{name}]")
        sections += [_setting(table, key) for key in table.model_fields]
    return "\n\n".join(sections) + "\n"


def _setting(table: type[BaseModel], key: str) -> str:
    field = table.model_fields[key]
    description = (field.description or "").rstrip(".")
    words = f"{description[:1].upper()}{description[1:]}."
    rule = f"Allowed: {allowed(table, key)}"
    return f"{_comment(words)}\n{_comment(rule)}\n{key} = {_written(field.default)}"


def _comment(text: str) -> str:
    paragraphs = [" ".join(part.split()) for part in text.split("\n\n")]
    lines = [line for part in paragraphs for line in textwrap.wrap(part, _WIDTH)]
    return "\n".join(f"# {line}" for line in lines)


def _written(value: Any) -> str:
    """A default in config.toml: long text is broken over lines, each joined to the next by a \\."""
    literal = as_toml(value)
    if not isinstance(value, str) or len(literal) <= _WIDTH or "\\" in literal:
        return literal
    lines = textwrap.wrap(value, _WIDTH, break_long_words=False, break_on_hyphens=False)
    broken = " \\\n".join(lines)
    return f'"""\\\n{broken}"""'


def _allowed(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return f"one of {', '.join(as_toml(item) for item in schema['enum'])}"
    match schema.get("type"):
        case "boolean":
            return "true or false"
        case "integer":
            return f"a whole number{_bounds(schema)}"
        case "number":
            return f"a number{_bounds(schema)}"
        case "array":
            return f"a list, each item {_allowed(schema['items'])}"
        case _:
            return _text(schema)


def _bounds(schema: dict[str, Any]) -> str:
    bounds = [
        f"{word} {_number(schema[name])}"
        for name, word in (
            ("minimum", "from"),
            ("exclusiveMinimum", "above"),
            ("maximum", "to"),
            ("exclusiveMaximum", "below"),
        )
        if name in schema
    ]
    if len(bounds) == 2 and not (bounds[0].startswith("from") and bounds[1].startswith("to")):
        bounds = [bounds[0], f"and {bounds[1].replace('to ', 'at most ')}"]
    return "".join(f" {bound}" for bound in bounds)


def _number(value: float) -> str:
    return f"{value:g}" if abs(value) < 1e6 else str(value)


def _text(schema: dict[str, Any]) -> str:
    rules = []
    if schema.get("minLength"):
        rules.append("not empty")
    if "maxLength" in schema:
        rules.append(f"at most {schema['maxLength']} characters")
    if "pattern" in schema:
        rules.append(f"of the form {schema['pattern']}")
    return f"text, {' and '.join(rules)}" if rules else "text"
