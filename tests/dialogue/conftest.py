"""The embedded model on a real llama.cpp server, and an endpoint that behaves as a test says."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from endpoints import Handler, Serve

from agent.models import ModelStore
from agent.models.store import ModelError
from dialogue.disfluency import Editor
from dialogue.encoder import Pretrained
from dialogue.frames import Reader
from dialogue.llama import LlamaServer
from dialogue.models import EmbeddedModel
from dialogue.settings import ThinkingSettings
from dialogue.understanding import Understanding


@pytest.fixture(scope="session")
def gguf(models: ModelStore) -> Path:
    """The embedded model's file; the test is skipped where it has not been fetched."""
    return _or_skipped(models.file, "qwen2.5-coder-0.5b")


@pytest.fixture(scope="session")
def encoder(models: ModelStore) -> Path:
    """The encoder's folder; the test is skipped where it has not been fetched."""
    return _or_skipped(models.path, "minilm-l6-v2")


def _or_skipped(find: Callable[[str], Path], name: str) -> Path:
    try:
        return find(name)
    except ModelError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def unseen(data: Path) -> list[dict[str, Any]]:
    """Requests that nothing was learned from, written by somebody who knew nothing of Parley."""
    rows = map(json.loads, (data / "self_repairs.jsonl").read_text().splitlines())
    return [row for row in rows if row["part"] == "held out 8"]


@pytest.fixture(scope="session")
def pretrained(encoder: Path) -> Pretrained:
    """The encoder, loaded once for all tests."""
    return Pretrained(encoder)


@pytest.fixture(scope="session")
def understanding(pretrained: Pretrained) -> Understanding:
    """The networks that come with Parley."""
    return Understanding(Editor(pretrained), Reader(pretrained))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def embedded(gguf: Path) -> AsyncIterator[EmbeddedModel]:
    """The embedded model, loaded once for all tests, with two slots."""
    settings = ThinkingSettings(temperature=0.0, max_reply_tokens=24)
    server = LlamaServer(gguf, settings, slots=2)
    await server.start()
    model = EmbeddedModel(settings, server)
    yield model
    await model.aclose()


@pytest_asyncio.fixture
async def serve() -> AsyncIterator[Serve]:
    """Starts a real HTTP server whose chat endpoint is the given handler; gives its address."""
    servers: list[TestServer] = []

    async def start(handler: Handler) -> str:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", handler)
        server = TestServer(app)
        await server.start_server()
        servers.append(server)
        return str(server.make_url("/v1"))

    yield start
    for server in servers:
        await server.close()
