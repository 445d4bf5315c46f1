"""The models, loaded once for all calls, and the conversation that each call holds with them."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack
from pathlib import Path

from agent.call_log import CallLog
from agent.config import Config
from agent.errors import ParleyError
from agent.line import Line
from agent.models import ModelStore
from agent.recognisers import RecogniserFiles
from agent.records import TurnMetrics
from agent.session import Participants, Session
from agent.tools import load_tools
from agent.voices import voice_of
from asr.errors import ModelUnreadableError
from asr.hearing import Hearing
from asr.turn_end import SmartTurn, TurnEnd, TurnEndModelError
from asr.vad import VoiceActivity
from dialogue.ability import ABLE, SMALL
from dialogue.conversation import Conversation
from dialogue.errors import ChatError
from dialogue.models import open_model
from dialogue.packing import packed
from dialogue.replier import Replier
from dialogue.turns import Policy
from dialogue.understanding import Understanding
from tts.weights import WeightsError

log = logging.getLogger(__name__)


_FAILURES = (ModelUnreadableError, TurnEndModelError, ChatError, WeightsError, ParleyError)


class Engines:
    """Hearing, thinking and speaking for every call; `load` brings them up, `aclose` down."""

    def __init__(self, config: Config, store: ModelStore) -> None:
        """Raises `ConfigError` when a tool that the settings name cannot be used."""
        self._tools = load_tools(config.tools.functions)
        self._config = config
        self._store = store
        self._resources = AsyncExitStack()
        self._loaded = asyncio.Event()
        self._reason = "The models are being loaded."
        self._free_slots = list(range(config.server.calls))
        self._metrics = TurnMetrics()
        self._policy = Policy.of(config.turns)

    @property
    def ready(self) -> bool:
        """True once every model is loaded and warm."""
        return self._loaded.is_set()

    @property
    def reason(self) -> str:
        """What is still being waited for, as a sentence; "" when nothing is."""
        return "" if self.ready else self._reason

    async def load(self) -> None:
        """Loads and warms every model, hearing, thinking and speaking at once.

        Raises:
            ParleyError: a model is missing or broken; the sentence says which.
        """
        recogniser_files = RecogniserFiles.of(self._config, self._store)
        turn_end_file = self._store.file(self._config.models.turn_end)
        try:
            async with asyncio.TaskGroup() as loading:
                loading.create_task(self._load_hearing(recogniser_files))
                loading.create_task(self._load_turn_end(turn_end_file))
                loading.create_task(self._load_thinking())
                loading.create_task(self._load_voice())
        except* _FAILURES as failures:
            self._reason = str(failures.exceptions[0])
            raise ParleyError(self._reason) from failures
        self._loaded.set()
        log.info("ready: every model is loaded and warm")

    async def aclose(self) -> None:
        """Takes every engine down; the embedded language model's process too."""
        await self._resources.aclose()

    async def converse(self, line: Line) -> None:
        """Holds one call's conversation; one that comes early waits, heard, for the models."""
        await self._loaded.wait()
        slot = self._free_slots.pop()
        try:
            engines = Participants(
                hearing=self._hearing,
                vad=self._vad,
                thinking=self._thinking,
                voice=self._voice,
                turn_end=self._turn_end,
                metrics=self._metrics,
                slot=slot,
                tools=self._tools,
            )
            conversation = Conversation(self._config.thinking, self._understanding)
            folder = self._config.server.call_log
            call_log = CallLog(Path(folder), self._config.turns) if folder else None
            session = Session(line, engines, conversation, self._policy, call_log)
            try:
                await session.run(self._config.server.greeting)
            finally:
                await conversation.tool_calls.finished()
        finally:
            self._free_slots.append(slot)

    async def _load_hearing(self, files: RecogniserFiles) -> None:
        recogniser = await asyncio.to_thread(files.load, self._config.hearing)
        await asyncio.to_thread(recogniser.warm)
        self._hearing = Hearing(recogniser, self._config.hearing)
        self._vad = await asyncio.to_thread(VoiceActivity, self._config.hearing)
        self._resources.push_async_callback(self._hearing.aclose)

    async def _load_turn_end(self, file: Path) -> None:
        self._turn_end = TurnEnd(await asyncio.to_thread(SmartTurn, file))
        self._resources.callback(self._turn_end.close)

    async def _load_thinking(self) -> None:
        thinking = self._config.thinking
        gguf = Path() if thinking.endpoint else await asyncio.to_thread(self._gguf)
        folder = await asyncio.to_thread(self._store.path, self._config.models.understanding)
        self._understanding = await asyncio.to_thread(Understanding.load, folder)
        model = await open_model(
            thinking,
            gguf,
            self._config.server.calls,
            tools=bool(self._tools),
            reader=self._understanding.reader,
        )
        self._resources.push_async_callback(model.aclose)
        self._thinking = Replier(model, thinking, ABLE if thinking.endpoint else SMALL)
        await self._thinking.warm_up(self._tools, self._config.server.calls)

    def _gguf(self) -> Path:
        name = self._config.models.thinking
        file = self._store.file(name)
        # A file of the user's own is used as it is, and nothing is put beside it.
        return packed(file) if name in self._store.lock.models else file

    async def _load_voice(self) -> None:
        self._voice = voice_of(self._config, self._store)
        self._resources.push_async_callback(self._voice.aclose)
        await self._voice.ready()
