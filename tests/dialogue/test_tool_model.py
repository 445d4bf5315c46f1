"""The embedded model books a table: one simple tool, called for real."""

from __future__ import annotations

import pytest

from dialogue.conversation import Conversation
from dialogue.models import EmbeddedModel
from dialogue.replier import Replier
from dialogue.settings import ThinkingSettings
from dialogue.tools import Tool

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_embedded_model_calls_a_tool_once_and_the_caller_hears_of_it(
    embedded: EmbeddedModel,
) -> None:
    booked: list[tuple[int, str, str]] = []

    def book_table(people: int, day: str, time: str) -> str:
        """Book a table at the restaurant.

        Args:
            people: How many people will come.
            day: The day of the week.
            time: The time of day.
        """
        booked.append((people, day, time))
        return f"Booked for {people} people on {day} at {time}."

    settings = ThinkingSettings(
        temperature=0.0, slow_after=30.0, first_token_timeout=120.0, read_timeout=60.0
    )
    model = EmbeddedModel(settings, embedded.server)
    context = Conversation(settings).asked("Can I book a table for two on Friday at 7 pm?")
    reply = Replier(model, settings).reply(context, [Tool(book_table)], slot=1)
    said = "".join([word async for word in reply])
    assert booked == [(2, "Friday", "7 pm")]
    assert "Friday" in said
    assert "{" not in said
