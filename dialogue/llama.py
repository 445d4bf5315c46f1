"""The embedded language model: llama.cpp's own server in a child process."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import secrets
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from dialogue.chat import Endpoint
from dialogue.errors import ChatError, EndpointUnreachable
from dialogue.settings import ThinkingSettings

logger = logging.getLogger(__name__)

_GGUF_MAGIC = b"GGUF"
_FIRST_RESTART_DELAY = 0.1
_LONGEST_RESTART_DELAY = 10.0
_STEADY_AFTER = 60.0
_RESTARTS = 8

# Threads that wait for each other spin a moment and then sleep: never to spin makes a token 1.7
# times as slow on idle cores, and to spin on against a busy core 3 to 60 times. Weights lie in
# huge pages, which saves a tenth.
_SWIFT = {"GOMP_SPINCOUNT": "300", "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}


class LlamaFailed(ChatError):
    """The embedded model cannot be started."""


@dataclass(frozen=True, slots=True)
class _Child:
    """A child that serves: its process, its address and the task that reads its log."""

    process: asyncio.subprocess.Process
    url: str
    log: asyncio.Task[None]


class LlamaServer:
    """llama.cpp serving one model on a loopback port of its own, for as long as this lives.

    A child that dies is started again, after 0.1 s and twice as long each time it dies within a
    minute, at most eight times in a row. The child goes with this process, however that ends.
    Use as an async context manager, or `start` and `aclose`.
    """

    def __init__(self, model: Path, settings: ThinkingSettings, slots: int) -> None:
        """`model`: a GGUF file; `slots`: calls at once, each with a prompt cache of its own."""
        self.slots = slots
        self._model = model
        self._settings = settings
        self._key = secrets.token_urlsafe(24)
        self._child: _Child | None = None
        self._keeper: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Load the model; returns once it answers.

        Raises:
            LlamaFailed: the file is missing or broken, or loading takes too long.
        """
        self._check_model()
        self._child = await self._spawn()
        self._keeper = asyncio.create_task(self._keep(self._child), name="llama-keeper")

    async def aclose(self) -> None:
        """Stop the server; safe to call twice, or without a start."""
        if self._keeper is not None:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeper
            self._keeper = None
        child, self._child = self._child, None
        if child is not None:
            await _stop(child.process)
            await child.log

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()

    @property
    def pid(self) -> int | None:
        """Process id of the child; None while there is none."""
        return self._child.process.pid if self._child else None

    def endpoint(self) -> Endpoint:
        """Where the server answers right now.

        Raises:
            EndpointUnreachable: it does not run at the moment.
        """
        if self._child is None:
            raise EndpointUnreachable("The embedded language model is not running at the moment.")
        return Endpoint(
            f"{self._child.url}/v1/chat/completions",
            # llama.cpp's server now and then drops a kept connection; a new one is nearly free.
            {"Authorization": f"Bearer {self._key}", "Connection": "close"},
        )

    def _check_model(self) -> None:
        try:
            with self._model.open("rb") as file:
                magic = file.read(len(_GGUF_MAGIC))
        except OSError as error:
            raise LlamaFailed(
                f"The language model file {self._model} cannot be read "
                f"({error.strerror}); run `parley models fetch`."
            ) from error
        if magic != _GGUF_MAGIC:
            raise LlamaFailed(
                f"The language model file {self._model} is no GGUF file; run `parley models fetch`."
            )

    async def _spawn(self) -> _Child:
        """A child that has loaded the model and listens."""
        threads = self._settings.embedded_threads
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "dialogue.llama_child",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=1 << 20,
            # A Ctrl-C at the terminal is ours to handle: it must not reach the child first.
            start_new_session=True,
            env={**os.environ, **_SWIFT, "OMP_NUM_THREADS": str(threads)},
        )
        assert process.stdin and process.stdout and process.stderr
        complaints: list[str] = []
        log = asyncio.create_task(_read_log(process.stderr, complaints), name="llama-log")
        spec = {
            "model": str(self._model),
            "key": self._key,
            "slots": self.slots,
            "threads": threads,
            "context": self._settings.context_tokens,
        }
        try:
            process.stdin.write(json.dumps(spec).encode() + b"\n")
            async with asyncio.timeout(self._settings.embedded_start_timeout):
                line = await process.stdout.readline()
        except (TimeoutError, ConnectionError, asyncio.CancelledError) as error:
            await _stop(process)
            await log
            if isinstance(error, asyncio.CancelledError):
                raise
            raise LlamaFailed(
                f"The language model {self._model.name} was not loaded within "
                f"{self._settings.embedded_start_timeout:g} seconds; raise embedded_start_timeout "
                "or free the machine."
            ) from error
        if not line:
            await _stop(process)
            await log
            raise LlamaFailed(
                f"The language model file {self._model} cannot be loaded "
                f"({_cause(complaints)}); run `parley models verify`."
            )
        url = json.loads(line)["url"]
        logger.info("llama.cpp serves %s at %s", self._model.name, url)
        return _Child(process, url, log)

    async def _keep(self, child: _Child) -> None:
        """Start the child again whenever it dies."""
        now = asyncio.get_running_loop().time
        failures = 0
        while failures < _RESTARTS:
            born = now()
            code = await child.process.wait()
            self._child = None
            await child.log
            failures = 1 if now() - born > _STEADY_AFTER else failures + 1
            delay = min(_FIRST_RESTART_DELAY * 2 ** (failures - 1), _LONGEST_RESTART_DELAY)
            logger.warning("llama.cpp died (exit status %s); starting it again", code)
            await asyncio.sleep(delay)
            try:
                child = self._child = await self._spawn()
            except LlamaFailed as error:
                logger.error("%s", error)
        logger.error("llama.cpp died %d times in a row and is left alone", _RESTARTS)


async def _stop(process: asyncio.subprocess.Process) -> None:
    """End a child now: it holds nothing worth saving."""
    with suppress(ProcessLookupError):
        process.kill()
    await process.wait()


async def _read_log(stderr: asyncio.StreamReader, complaints: list[str]) -> None:
    """Pass llama.cpp's log on to ours, and keep its errors; ends with the child."""
    async for raw in stderr:
        # "0.00.196.126 E cmn  common_init_: failed to load model"
        time, _, message = raw.decode(errors="replace").rstrip().partition(" ")
        level, _, text = message.partition(" ")
        if level == "E":
            complaints.append(text)
        logger.debug("llama.cpp %s %s %s", time, level, text)


def _cause(complaints: list[str]) -> str:
    """The first of llama.cpp's complaints: the later ones only pass it on."""
    if not complaints:
        return "it died without a word"
    return complaints[0].partition("error loading model: ")[2] or complaints[0]
