"""Who answers: one model, what it can be trusted with, and the replies it makes."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from livekit.agents import llm

from dialogue.ability import ABLE, Ability
from dialogue.conversation import Conversation
from dialogue.errors import ChatError
from dialogue.models import ChatModel
from dialogue.reply import Reply
from dialogue.settings import ThinkingSettings
from dialogue.tool_calls import ToolCalls

logger = logging.getLogger(__name__)


class Replier:
    """Makes replies with one model of some ability."""

    def __init__(
        self, model: ChatModel, settings: ThinkingSettings, ability: Ability = ABLE
    ) -> None:
        self._model = model
        self._settings = settings
        self._ability = ability

    def reply(
        self,
        context: llm.ChatContext,
        tools: Sequence[llm.Tool] = (),
        slot: int = 0,
        *,
        speculative: bool = False,
        tool_calls: ToolCalls | None = None,
    ) -> Reply:
        """The answer to `context`, which is left as it is; nothing runs before it is iterated.

        `speculative`: the caller may go on talking. Until `Reply.commit`, tools with side effects
        wait and no excuse is made for being slow. `tool_calls`: those of the conversation, which
        outlive the reply.
        """
        tool_calls = tool_calls or ToolCalls(self._settings.tool_timeout)
        tools = self._ability.shown(context, tools)
        reply = Reply(
            self._model,
            self._settings,
            context.copy(),
            tools,
            slot,
            tool_calls,
            retells=self._ability.retells,
        )
        if not speculative:
            reply.commit()
        return reply

    async def prepare(
        self, context: llm.ChatContext, tools: Sequence[llm.Tool] = (), slot: int = 0
    ) -> None:
        """Have the model read `context` ahead of its reply: to warm up, or while the caller talks.

        Cancelling stops it; failures only cost the time that it would have saved.
        """
        try:
            await self._model.prepare(context, self._ability.shown(context, tools), slot)
        except ChatError as error:
            logger.debug("reading ahead failed: %s", error)

    async def warm_up(self, tools: Sequence[llm.Tool] = (), slots: int = 1) -> None:
        """Have every slot read the system prompt and the tools, before the first call comes."""
        greeting = Conversation(self._settings).asked("Hello")
        for slot in range(slots):
            for shown in [(), tools] if tools else [()]:
                await self._model.prepare(greeting, shown, slot)
