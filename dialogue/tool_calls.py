"""The tools called in one conversation: each runs once, to its end, and its result is kept.

A reply may be interrupted or thrown away; a call that it began is not. The call belongs to the
conversation, so a table is booked once however often the caller makes the agent start over.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from uuid import uuid4

from livekit.agents import llm

from dialogue.completion import ToolCall
from dialogue.corrections import Intent, intent
from dialogue.sentences import NOT_UNDONE
from dialogue.tools import Tool, Traits, traits_of

logger = logging.getLogger(__name__)

_AGAIN = " (This was done already, once; answer the caller now.)"
_UNHEARD = " (The caller spoke on before hearing this.)"


@dataclass(frozen=True, slots=True)
class ToolWanted:
    """A tool that changes something is called; it starts once the caller's turn is over."""

    name: str
    call_id: str


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """A tool has begun to run."""

    name: str
    call_id: str


@dataclass(frozen=True, slots=True)
class ToolFinished:
    """The tool has ended: done, failed, or stopped. Every `ToolStarted` has one."""

    name: str
    call_id: str
    failed: bool


ToolEvent = ToolWanted | ToolStarted | ToolFinished


@dataclass(eq=False, slots=True)
class Run:
    """One call under way or over; `answer` is what the model is told of it."""

    call: ToolCall
    traits: Traits
    turn: int
    reply: object
    certain: bool
    """The reply that made it was committed, so that it belongs to the conversation."""
    key: str = field(default_factory=lambda: uuid4().hex)
    supersedes: Run | None = None
    answer: asyncio.Task[llm.FunctionCallOutput] = field(init=False)
    work: asyncio.Task[llm.FunctionCallOutput] = field(init=False)
    told: bool = False
    """A reply that knew the result was heard to its end."""
    placed: llm.FunctionCallOutput | None = None
    """The result that the conversation holds."""

    @property
    def result(self) -> llm.FunctionCallOutput | None:
        """The latest that is known of it; None while nothing is."""
        for task in (self.work, self.answer):
            if task.done() and not task.cancelled():
                return task.result()
        return None

    @property
    def failed(self) -> bool:
        """It is over and did nothing, as far as it said."""
        return self.result is not None and self.result.is_error

    @property
    def effective(self) -> bool:
        """It changed something, or may have."""
        return self.traits.side_effects and not self.failed


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls a tool: a reply to the words `asked` of a turn, and whom to tell of it."""

    reply: object
    turn: int
    asked: str
    certain: bool
    tell: Callable[[ToolEvent], None]


class ToolCalls:
    """Runs the tools of one conversation and remembers what came of them."""

    def __init__(self, timeout: float) -> None:
        """`timeout`: seconds that a reply waits for one tool."""
        self.turn = 0
        """How many of the caller's turns the conversation holds."""
        self._timeout = timeout
        self._runs: list[Run] = []
        self._fillers = 0

    def next_filler(self) -> int:
        """The number of the next sentence said while a tool runs, from 0."""
        self._fillers += 1
        return self._fillers - 1

    def begin(self, call: ToolCall, tools: llm.ToolContext, by: Caller) -> tuple[Run, bool]:
        """Start `call`, which a reply makes; False: it ran already, and is not run again.

        The same call is made once until its result has been heard; later it is a new request.
        """
        # What another reply looked up before it was certain went with that reply.
        self._runs = [run for run in self._runs if run.certain or run.reply is by.reply]
        tool = tools.function_tools.get(call.name)
        call = replace(call, arguments=_canonical(call, tool))
        same = self._same(call)
        if same is not None and not same.failed:
            return same, False
        run = Run(call, traits_of(tool), by.turn, by.reply, by.certain)
        if same is not None:
            run.key = same.key
        run.supersedes = self._superseded(run, by.asked) if run.traits.side_effects else None
        if isinstance(tool, Tool):
            earlier = run.supersedes.key if run.supersedes else None
            tools = llm.ToolContext([tool.bound(run.key, earlier)])
        changes = isinstance(tool, Tool) and tool.accepts_supersedes
        run.work = asyncio.create_task(_executed(run, tools, changes, by.tell))
        run.answer = asyncio.create_task(self._answered(run))
        self._runs.append(run)
        return run, True

    async def settled(self) -> None:
        """Returns once every call under way has a result, or has been waited for long enough."""
        await _all(run.answer for run in self._runs)

    async def finished(self) -> None:
        """Returns once nothing runs any more; to be awaited before the process ends."""
        await _all(run.work for run in self._runs)

    def interrupt(self, runs: Iterable[Run]) -> None:
        """The reply that made `runs` is given up: stop what may be stopped, leave the rest."""
        for run in runs:
            if run.traits.cancellable or not run.certain:
                run.work.cancel()

    def turn_began(self) -> list[llm.ChatItem]:
        """The caller's next turn goes into the conversation; before it, what it missed goes.

        That is what came of earlier turns' calls that the caller has spoken on without hearing.
        """
        earlier = [run for run in self._runs if run.turn < self.turn]
        items = [item for run in earlier for item in _news(run, _UNHEARD)]
        self._place(earlier)
        self.turn += 1
        return items

    def answered(self, *, heard: bool) -> list[llm.ChatItem]:
        """A reply goes into the conversation; before it, what came of the calls so far goes.

        `heard`: to its end, so that the caller knows what was done.
        """
        items = [item for run in self._runs for item in _news(run)]
        self._place(self._runs)
        for run in self._runs:
            run.told = run.told or (heard and run.work.done())
        return items

    def unheard(self) -> list[llm.ChatItem]:
        """What came of calls that the conversation does not hold yet, for the next reply."""
        return [item for run in self._runs for item in _news(run, _UNHEARD)]

    def _place(self, runs: Iterable[Run]) -> None:
        for run in runs:
            run.placed = run.result

    def _same(self, call: ToolCall) -> Run | None:
        """The latest like `call` of which the caller has not heard, and which still stands."""
        gone = {run.supersedes for run in self._runs if run.effective}
        for run in reversed(self._runs):
            same = run.call.name == call.name and _alike(run.call, call)
            if same and not run.told and run not in gone:
                return run
        return None

    def _superseded(self, new: Run, asked: str) -> Run | None:
        """The earlier call that `new` corrects, if the caller's words make it a correction."""
        meant = intent(asked)
        gone = {run.supersedes for run in self._runs if run.effective}
        for run in reversed(self._runs):
            if run.call.name != new.call.name or run in gone or not run.effective:
                continue
            if run.reply is new.reply or meant is Intent.ADDS:
                return None
            return run if meant is Intent.CORRECTS or not run.told else None
        return None

    async def _answered(self, run: Run) -> llm.FunctionCallOutput:
        done, _ = await asyncio.wait({run.work}, timeout=self._timeout)
        if not done and (run.traits.cancellable or not run.traits.side_effects):
            run.work.cancel()
            done, _ = await asyncio.wait({run.work}, timeout=self._timeout)
            if run.work.cancelled():
                return _output(run.call, f"{run.call.name} took too long and was stopped.")
        if not done:
            logger.warning("the tool %s takes long; it goes on", run.call.name)
            late = f"{run.call.name} is not done yet and goes on; its result is not known so far."
            return _output(run.call, late, is_error=False)
        if run.work.cancelled():
            stopped = f"{run.call.name} was stopped when the caller spoke on; nothing was changed."
            return _output(run.call, stopped)
        return run.work.result()


def exchange(
    run: Run, result: llm.FunctionCallOutput, call_id: str, note: str = ""
) -> tuple[llm.FunctionCall, llm.FunctionCallOutput]:
    """A call and its result as the two items that a conversation holds of it."""
    answer = result.model_copy(update={"call_id": call_id, "output": result.output + note})
    name, arguments = run.call.name, run.call.arguments
    if _folded(run.call) is None:
        arguments = "{}"  # templates of models stumble over what is no JSON object
    return llm.FunctionCall(call_id=call_id, name=name, arguments=arguments), answer


def _news(run: Run, note: str = "") -> tuple[llm.ChatItem, ...]:
    """What the conversation does not hold yet of a run."""
    result = run.result
    if result is None or result is run.placed or not run.certain:
        return ()
    return exchange(run, result, run.call.id + ("_late" if run.placed else ""), note)


def repeated(
    run: Run, result: llm.FunctionCallOutput, call_id: str
) -> tuple[llm.FunctionCall, llm.FunctionCallOutput]:
    """The exchange for a call that was made before and not made again."""
    return exchange(run, result, call_id, _AGAIN)


async def _executed(
    run: Run, tools: llm.ToolContext, changes: bool, tell: Callable[[ToolEvent], None]
) -> llm.FunctionCallOutput:
    call = run.call
    request = llm.FunctionToolCall(name=call.name, arguments=call.arguments, call_id=call.id)
    failed = True
    tell(ToolStarted(call.name, call.id))
    try:
        output = (await llm.execute_function_call(request, tools)).fnc_call_out
        failed = output.is_error
        if run.supersedes is not None and not failed and not changes:
            output.output += f" {NOT_UNDONE}"
        return output
    finally:
        tell(ToolFinished(call.name, call.id, failed))


def _canonical(call: ToolCall, tool: llm.Tool | None) -> str:
    """The arguments as the tool takes them, as JSON; as they are where it cannot take them.

    Small models add parts of the tool's schema to them, which mean nothing.
    """
    try:
        known = llm.utils.parse_function_arguments(call.arguments or "{}")
        if isinstance(tool, llm.FunctionTool):
            known = llm.utils.validated_arguments(tool, known)
        return json.dumps(known, default=str)
    except ValueError:
        return call.arguments


def _alike(one: ToolCall, other: ToolCall) -> bool:
    """Whether two calls ask for the same, whatever the order and the case."""
    folded = _folded(one)
    return one.arguments == other.arguments or (folded is not None and folded == _folded(other))


def _folded(call: ToolCall) -> dict[str, str] | None:
    try:
        return {name: str(value).casefold() for name, value in json.loads(call.arguments).items()}
    except (ValueError, AttributeError):
        return None


def _output(call: ToolCall, text: str, *, is_error: bool = True) -> llm.FunctionCallOutput:
    return llm.FunctionCallOutput(call_id=call.id, name=call.name, output=text, is_error=is_error)


async def _all(tasks: Iterable[asyncio.Task[llm.FunctionCallOutput]]) -> None:
    if running := {task for task in tasks if not task.done()}:
        await asyncio.wait(running)
