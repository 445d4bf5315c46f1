"""`parley serve`: answers calls on a web page until Ctrl-C."""

from __future__ import annotations

import argparse

from agent.cli.options import add_config, config_of, store_of

_EXAMPLES = """\
examples:
  parley serve                               open http://127.0.0.1:8080 and talk
  parley serve --port 9000
  parley serve --host 0.0.0.0 --config my.toml
"""


def define(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `parley serve`."""
    parser.epilog = _EXAMPLES
    add_config(parser)
    parser.add_argument("--host", help="address to listen on, instead of the configured one")
    parser.add_argument("--port", type=int, help="port to listen on, instead of the configured one")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Serves until SIGINT or SIGTERM; a missing model or setting is told before anything loads."""
    given = {"host": arguments.host, "port": arguments.port}
    overrides = {key: value for key, value in given.items() if value is not None}
    config = config_of(arguments, {"server": overrides})
    store = store_of(config)
    for name in config.models_used():
        store.path(name)

    import asyncio
    import logging

    logging.basicConfig(
        level=config.server.log_level.upper(), format="%(asctime)s %(levelname)s %(message)s"
    )
    for chatty in ("aioice", "aiortc", "httpx", "httpcore", "faster_whisper", "livekit"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    print("Loading the models ...", flush=True)

    from agent.serve import serve

    asyncio.run(serve(config, store))
