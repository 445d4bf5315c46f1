"""`parley serve`: the site, the calls and the engines, from start to a clean stop."""

from __future__ import annotations

import asyncio
import logging

from agent.calls import CallMetrics, Calls
from agent.config import Config
from agent.engines import Engines
from agent.models import ModelStore
from agent.server import app, listening, microphone_warning, until_stopped

log = logging.getLogger("parley")


async def serve(config: Config, store: ModelStore) -> None:
    """Answers calls until SIGINT or SIGTERM.

    The page is up at once; a call that comes while the models load is heard from its first word on.

    Raises:
        ParleyError: the address is taken, or a model is missing or broken.
    """
    engines = Engines(config, store)
    calls = Calls(
        engines.converse,
        capacity=config.server.calls,
        metrics=CallMetrics(),
        stun_and_turn=config.server.ice_servers,
        echo_cancellation=config.server.echo_cancellation,
    )
    stopped = asyncio.create_task(until_stopped())
    try:
        site = app(calls, engines)
        async with listening(site, config.server.host, config.server.port) as address:
            if warning := microphone_warning(config.server.host):
                log.warning("%s", warning)
            loading = asyncio.create_task(engines.load())
            await asyncio.wait({stopped, loading}, return_when=asyncio.FIRST_COMPLETED)
            if loading.done():
                loading.result()
                print(f"Parley is ready: open {address} and talk. Ctrl-C stops it.", flush=True)
                await stopped
            loading.cancel()
            await calls.close("the agent is stopping")
    finally:
        stopped.cancel()
        await engines.aclose()
