"""The embedded model on a real llama.cpp server."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from pathlib import Path

import httpx
import psutil
import pytest
from livekit.agents import llm

from dialogue.completion import Finished, TextDelta
from dialogue.conversation import Conversation
from dialogue.errors import EndpointUnreachable
from dialogue.llama import LlamaFailed, LlamaServer
from dialogue.models import EmbeddedModel
from dialogue.replier import Replier
from dialogue.settings import ThinkingSettings

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def reply(model: EmbeddedModel, context: llm.ChatContext, slot: int) -> tuple[str, Finished]:
    text = ""
    async for event in model.stream(context, (), slot):
        match event:
            case TextDelta(delta):
                text += delta
            case Finished():
                return text, event
    raise AssertionError("a stream ends with Finished")


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while not await condition():
            await asyncio.sleep(0.02)


async def test_a_turn_costs_only_its_new_words(embedded: EmbeddedModel) -> None:
    conversation = Conversation(ThinkingSettings())
    conversation.heard_caller("Hello, I have lost the key of my bicycle lock.")
    said, first = await reply(embedded, conversation.context, 0)
    assert said
    conversation.heard_agent(said)
    conversation.heard_caller("What should I do now?")
    _, second = await reply(embedded, conversation.context, 0)
    assert second.cached_tokens >= first.prompt_tokens
    # "What should I do now?" and what the chat template wraps around it and the reply.
    assert second.prompt_tokens - second.cached_tokens <= 20


async def test_calls_do_not_share_their_slots(embedded: EmbeddedModel) -> None:
    conversation = Conversation(ThinkingSettings())
    other = Conversation(ThinkingSettings(system_prompt="You are a gardener."))
    conversation.heard_caller("Say hello to me, please.")
    other.heard_caller("When do I plant my tulips?")
    await asyncio.gather(
        reply(embedded, conversation.context, 0), reply(embedded, other.context, 1)
    )
    _, again = await reply(embedded, conversation.context, 0)
    assert again.prompt_tokens - again.cached_tokens <= 1


async def test_reading_ahead_leaves_little_to_read(embedded: EmbeddedModel) -> None:
    conversation = Conversation(ThinkingSettings())
    question = "I would like to know how long a letter takes from here to the moon"
    await embedded.prepare(conversation.asked(question), (), 1)
    _, usage = await reply(embedded, conversation.asked(f"{question} and back."), 1)
    assert usage.prompt_tokens - usage.cached_tokens <= 10


async def test_a_warm_model_has_read_the_system_prompt(embedded: EmbeddedModel) -> None:
    settings = ThinkingSettings(system_prompt="You are a librarian who whispers. " * 3)
    await Replier(embedded, settings).warm_up(slots=2)
    for slot in range(2):
        _, usage = await reply(embedded, Conversation(settings).asked("Good morning."), slot)
        assert usage.prompt_tokens - usage.cached_tokens <= 10


async def test_forgetting_the_oldest_turns_costs_no_second_reading(
    embedded: EmbeddedModel,
) -> None:
    turns = [
        ("I ordered a blue jacket, and it has not arrived yet.", "What is your order number?"),
        ("It is four seven one two, I believe.", "Your jacket arrives on Friday before noon."),
        ("And can I send it back if it does not fit me?", "Yes, within thirty days, for free."),
    ]
    whole, trimmed = Conversation(ThinkingSettings()), Conversation(ThinkingSettings())
    for number, (asked, answered) in enumerate(turns):
        for conversation in (whole, trimmed) if number > 0 else (whole,):
            conversation.heard_caller(asked)
            conversation.heard_agent(answered)
    await embedded.prepare(whole.asked("Good."), (), 0)
    _, usage = await reply(embedded, trimmed.asked("Good."), 0)
    assert usage.prompt_tokens - usage.cached_tokens <= 25


async def test_a_closed_stream_stops_the_server(embedded: EmbeddedModel) -> None:
    endpoint = embedded.server.endpoint()
    slots = endpoint.url.replace("/v1/chat/completions", "/slots")

    async def busy() -> bool:
        async with httpx.AsyncClient(headers=dict(endpoint.headers), trust_env=False) as http:
            return any(slot["is_processing"] for slot in (await http.get(slots)).json())

    async def idle() -> bool:
        return not await busy()

    context = Conversation(ThinkingSettings()).asked("Count from one to one hundred.")
    endless = ThinkingSettings(max_reply_tokens=2048)
    model = EmbeddedModel(endless, embedded.server)
    async with aclosing(model.stream(context, (), 0)) as events:
        assert isinstance(await anext(events), TextDelta)
        assert await busy()
    await until(idle)


async def test_a_child_that_dies_is_started_again(gguf: Path) -> None:
    settings = ThinkingSettings(max_reply_tokens=8, retries=0)
    context = Conversation(settings).asked("Hello")
    server = LlamaServer(gguf, settings, slots=1)
    await server.start()
    model = EmbeddedModel(settings, server)
    try:
        child = psutil.Process(server.pid)
        child.kill()

        async def answers() -> bool:
            try:
                return bool((await reply(model, context, 0))[0])
            except EndpointUnreachable:
                return False

        await until(answers)
        assert server.pid not in (None, child.pid)
        successor = psutil.Process(server.pid)
    finally:
        await model.aclose()
    assert not successor.is_running()
    with pytest.raises(EndpointUnreachable, match="not running"):
        server.endpoint()


PARENT = """
import asyncio, sys
from pathlib import Path
from dialogue.llama import LlamaServer
from dialogue.replier import Replier
from dialogue.settings import ThinkingSettings

async def main():
    async with LlamaServer(Path(sys.argv[1]), ThinkingSettings(), slots=1) as server:
        print(server.pid, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_the_child_goes_when_the_parent_is_killed(gguf: Path) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, str(gguf), stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    child = psutil.Process(int(await parent.stdout.readline()))
    parent.send_signal(signal.SIGKILL)
    await parent.wait()
    _, alive = psutil.wait_procs([child], timeout=10)
    assert not alive


async def test_a_missing_file_is_said_so(tmp_path: Path) -> None:
    server = LlamaServer(tmp_path / "none.gguf", ThinkingSettings(), slots=1)
    with pytest.raises(LlamaFailed, match=r"none\.gguf cannot be read .* `parley models fetch`"):
        await server.start()
    await server.aclose()


async def test_a_file_of_another_kind_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "song.gguf").write_text("la la la")
    with pytest.raises(LlamaFailed, match="no GGUF file"):
        await LlamaServer(tmp_path / "song.gguf", ThinkingSettings(), slots=1).start()


async def test_a_file_cut_short_is_said_so(gguf: Path, tmp_path: Path) -> None:
    half = tmp_path / "half.gguf"
    with gguf.open("rb") as whole:
        half.write_bytes(whole.read(20_000_000))
    with pytest.raises(LlamaFailed, match=r"corrupted or incomplete.*`parley models verify`"):
        await LlamaServer(half, ThinkingSettings(), slots=1).start()


async def test_a_model_that_loads_too_slowly_is_said_so(gguf: Path) -> None:
    hasty = ThinkingSettings(embedded_start_timeout=0.01)
    with pytest.raises(LlamaFailed, match=r"not loaded within 0\.01 seconds"):
        await LlamaServer(gguf, hasty, slots=1).start()


async def test_the_child_is_light() -> None:
    code = (
        "import sys, dialogue.llama_child;"
        "sys.exit(any(m in sys.modules for m in ('torch', 'livekit', 'httpx', 'pydantic')))"
    )
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
    assert await child.wait() == 0
