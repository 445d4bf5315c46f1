from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from livekit.agents import llm

from dialogue.tools import Tool, ToolUnusable, Traits, tool, traits_of


async def call(made: llm.FunctionTool[Any, Any], arguments: str) -> str:
    request = llm.FunctionToolCall(name=made.info.name, arguments=arguments, call_id="1")
    done = await llm.execute_function_call(request, llm.ToolContext([made]))
    return done.fnc_call_out.output


def book_table(people: int, day: str, idempotency_key: str, supersedes: str | None = None) -> str:
    """Book a table.

    Args:
        people: How many people will come.
    """
    return f"{people} on {day}, {idempotency_key} for {supersedes}"


def test_the_model_sees_names_types_and_words() -> None:
    [schema] = llm.ToolContext([Tool(book_table)]).parse_function_tools("openai")
    function = schema["function"]
    assert (function["name"], function["description"].strip()) == ("book_table", "Book a table.")
    assert function["parameters"]["properties"] == {
        "people": {"description": "How many people will come.", "type": "integer"},
        "day": {"type": "string"},
    }


async def test_what_the_model_does_not_see_is_handed_over() -> None:
    made = Tool(book_table)
    assert made.accepts_supersedes
    bound = made.bound("key", "old")
    assert await call(bound, '{"people": "3", "day": "Friday"}') == "3 on Friday, key for old"
    assert "people" in await call(bound, '{"people": "many", "day": "Friday"}')


async def test_async_functions_run_here_and_others_in_a_thread() -> None:
    async def here() -> str:
        """Say where."""
        return threading.current_thread().name

    def elsewhere() -> str:
        """Say where."""
        return threading.current_thread().name

    main = threading.current_thread().name
    assert await call(Tool(here).bound("k", None), "{}") == main
    assert await call(Tool(elsewhere).bound("k", None), "{}") != main


def test_a_tool_has_side_effects_unless_it_says_otherwise() -> None:
    @tool(side_effects=False)
    def look() -> str:
        """Look."""
        return ""

    @tool(cancellable=True)
    async def dial() -> str:
        """Dial."""
        return ""

    assert traits_of(Tool(book_table)) == Traits(side_effects=True, cancellable=False)
    assert traits_of(Tool(look)) == Traits(side_effects=False)
    assert traits_of(Tool(dial)) == Traits(cancellable=True)
    assert traits_of(llm.function_tool(look)).side_effects
    assert not traits_of(None).side_effects


def silent(name: str) -> str:
    return name


def untyped(name) -> str:  # type: ignore[no-untyped-def]
    """Say it."""
    return str(name)


def packed(*names: str) -> str:
    """Say them."""
    return str(names)


def unknown(name: Nowhere) -> str:  # type: ignore[name-defined]  # noqa: F821
    """Say it."""
    return str(name)


@tool(cancellable=True)
def stuck(name: str) -> str:
    """Say it."""
    return name


@pytest.mark.parametrize(
    ("function", "sentence"),
    [
        (silent, "silent has no docstring; say in one what it does"),
        (untyped, "The parameter name of untyped has no type; add one, as in `name: str`."),
        (packed, "packed takes names without its name, which the model cannot do"),
        (unknown, "The types of unknown cannot be read (name 'Nowhere' is not defined)"),
        (stuck, "stuck is marked cancellable but a thread cannot be stopped; make it async."),
        (str, "str is no function"),
    ],
)
def test_what_cannot_be_a_tool_says_why(function: Callable[..., Any], sentence: str) -> None:
    with pytest.raises(ToolUnusable) as caught:
        Tool(function)
    assert sentence in str(caught.value)
