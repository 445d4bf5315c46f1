"""Answer calls: serves the page and takes WebRTC calls until Ctrl-C."""

from __future__ import annotations

import argparse

from agent.cli.options import add_config, config_of, store_of

HELP = "answer calls"
EXAMPLES = """Examples:
  parley serve
  parley serve --port 9000
  parley serve --host 0.0.0.0 --config my.toml
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds this command's options."""
    add_config(parser)
    parser.add_argument("--host", help="address to listen on, instead of the configured one")
    parser.add_argument("--port", type=int, help="port to listen on, instead of the configured one")


def run(arguments: argparse.Namespace) -> None:
    """Runs the command."""
    import asyncio
    import logging

    from agent.errors import ParleyError

    config = config_of(arguments)
    changes = {
        key: value
        for key, value in (("host", arguments.host), ("port", arguments.port))
        if value is not None
    }
    if not 0 <= changes.get("port", 0) <= 65535:
        raise ParleyError(f"--port {arguments.port} is no port: choose one from 0 to 65535.")
    config = config.model_copy(update={"server": config.server.model_copy(update=changes)})
    store = store_of(config)
    store.path(config.models.hearing)
    if not config.thinking.endpoint:
        store.file(config.models.thinking)
    logging.basicConfig(
        level=config.server.log_level.upper(), format="%(asctime)s %(levelname)s %(message)s"
    )
    for chatty in ("aioice", "aiortc", "httpx", "httpcore", "faster_whisper", "livekit"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    print("Loading the models ...", flush=True)

    from agent.serve import serve

    asyncio.run(serve(config, store))
