"""Tools: plain typed Python functions that the model may call while it answers.

    def book_table(people: int, day: str, time: str) -> str:
        '''Book a table at the restaurant.'''

is one as it stands. Two parameters are never shown to the model and handed over where a function
takes them: `idempotency_key: str`, another for every booking and the same for its retries, and
`supersedes: str | None`, the key of the earlier call that this one corrects.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, get_type_hints

from livekit.agents import llm

_Function = TypeVar("_Function", bound=Callable[..., Any])

_MARK = "__parley_tool__"
HANDED_OVER = ("idempotency_key", "supersedes")
"""Parameters that the agent fills in, not the model."""


class ToolUnusable(ValueError):
    """A function cannot be a tool; one sentence: what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class Traits:
    """How a tool may be run: before the turn is certain, and whether it may be stopped."""

    side_effects: bool = True
    """It changes something, so it never runs before the caller's turn is over."""
    cancellable: bool = False
    """It may be stopped midway, having then changed nothing."""


def tool(
    *, side_effects: bool = True, cancellable: bool = False
) -> Callable[[_Function], _Function]:
    """Mark a function as read-only (`side_effects=False`) or as safe to stop (`cancellable`)."""

    def mark(function: _Function) -> _Function:
        setattr(function, _MARK, Traits(side_effects, cancellable))
        return function

    return mark


class Tool(llm.FunctionTool[Any, Any]):
    """A function as LiveKit's tool; what is not async runs in a thread of its own."""

    def __init__(self, function: Callable[..., Any]) -> None:
        """Raises `ToolUnusable`: no docstring, an untyped parameter, or one that cannot be."""
        self.traits: Traits = getattr(function, _MARK, Traits())
        self._function = function
        hints = _checked(function, self.traits)
        parameters = inspect.signature(function).parameters
        self._accepts = frozenset(HANDED_OVER) & parameters.keys()
        super().__init__(_shown(function, self._call, hints), _info(function))

    @property
    def accepts_supersedes(self) -> bool:
        """Whether the tool can change what an earlier call did."""
        return "supersedes" in self._accepts

    def bound(self, idempotency_key: str, supersedes: str | None) -> llm.FunctionTool[Any, Any]:
        """The tool for one call, which is handed these two if it takes them."""
        handed = {"idempotency_key": idempotency_key, "supersedes": supersedes}
        handed = {name: value for name, value in handed.items() if name in self._accepts}
        call = functools.update_wrapper(functools.partial(self._call, **handed), self._func)
        return llm.FunctionTool(call, self.info)

    async def _call(self, *args: Any, **kwargs: Any) -> Any:
        if inspect.iscoroutinefunction(self._function):
            return await self._function(*args, **kwargs)
        return await asyncio.to_thread(self._function, *args, **kwargs)


def traits_of(tool: llm.Tool | None) -> Traits:
    """How `tool` may be run; tools of others have side effects, and unknown ones none."""
    if isinstance(tool, Tool):
        return tool.traits
    if isinstance(tool, llm.FunctionTool | llm.RawFunctionTool):
        return Traits(cancellable=llm.ToolFlag.CANCELLABLE in tool.info.flags)
    return Traits(side_effects=tool is not None)


def _checked(function: Callable[..., Any], traits: Traits) -> dict[str, Any]:
    """The types of the parameters, by name."""
    name = getattr(function, "__name__", repr(function))
    if not inspect.isfunction(function):
        raise ToolUnusable(f"{name} is no function; name a function written with def.")
    if not (inspect.getdoc(function) or "").strip():
        raise ToolUnusable(
            f"{name} has no docstring; say in one what it does, since the model reads that."
        )
    if traits.cancellable and not inspect.iscoroutinefunction(function):
        raise ToolUnusable(
            f"{name} is marked cancellable but a thread cannot be stopped; make it async."
        )
    try:
        hints = get_type_hints(function, include_extras=True)
    except (NameError, TypeError, AttributeError) as error:
        raise ToolUnusable(f"The types of {name} cannot be read ({error}); correct them.") from None
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise ToolUnusable(
                f"{name} takes {parameter.name} without its name, which the model cannot do; "
                "give it plain parameters."
            )
        if parameter.name not in hints:
            raise ToolUnusable(
                f"The parameter {parameter.name} of {name} has no type; add one, "
                f"as in `{parameter.name}: str`."
            )
    return hints


def _shown(
    function: Callable[..., Any], call: Callable[..., Any], hints: dict[str, Any]
) -> Callable[..., Any]:
    """`call` with the signature of `function` as the model sees it."""
    signature = inspect.signature(function)
    seen = [p for name, p in signature.parameters.items() if name not in HANDED_OVER]

    @functools.wraps(function)
    async def shown(*args: Any, **kwargs: Any) -> Any:
        return await call(*args, **kwargs)

    shown.__annotations__ = {k: v for k, v in hints.items() if k not in HANDED_OVER}
    shown.__signature__ = signature.replace(parameters=seen)  # type: ignore[attr-defined]
    return shown


def _info(function: Callable[..., Any]) -> llm.tool_context.FunctionToolInfo:
    """Name and description, as LiveKit reads them off a function."""
    return llm.function_tool(function).info
