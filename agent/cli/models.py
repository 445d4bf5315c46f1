"""`parley models`: the files that hearing and thinking need."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from agent.cli.options import add_config, config_of, store_of
from agent.models import Model, ModelError, ModelStore
from agent.models.lock import ADDABLE
from agent.models.progress import megabytes, progress_on
from agent.models.store import State

if TYPE_CHECKING:
    from agent.config import Config

_EXAMPLES = """\
examples:
  parley models fetch                    bring what the settings need and is not there yet
  parley models fetch --all              the optional models too
  parley models fetch --from /mnt/usb    from a folder, on a machine without a network
  parley models verify                   read every byte again
  parley models add voxtral              shows its licence, asks, and brings it
  parley models list
  parley models path whisper-base

A fetch may be interrupted at any time and goes on where it stopped. The files are kept in
~/.cache/parley/models unless [models] folder or PARLEY_MODELS says otherwise.
"""


def define(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `parley models`."""
    parser.epilog = _EXAMPLES
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    fetching = actions.add_parser("fetch", help="bring what is missing")
    fetching.add_argument("names", nargs="*", metavar="MODEL", help="only these")
    fetching.add_argument("--all", action="store_true", help="optional models too")
    fetching.add_argument(
        "--from", dest="folder", type=Path, metavar="FOLDER", help="take the files from a folder"
    )
    adding = actions.add_parser("add", help="bring a model that has a licence to accept")
    adding.add_argument("name", choices=sorted(ADDABLE), metavar="MODEL", help="voxtral")
    adding.add_argument(
        "--accept-licence", action="store_true", help="accept it without being asked, in scripts"
    )
    verifying = actions.add_parser("verify", help="read every byte of the files that are there")
    verifying.add_argument("names", nargs="*", metavar="MODEL", help="only these")
    listing = actions.add_parser("list", help="what there is, and in which state")
    finding = actions.add_parser("path", help="print where a model lies")
    finding.add_argument("name", metavar="MODEL")
    for action, run in (
        (fetching, fetch),
        (adding, add),
        (verifying, verify),
        (listing, show),
        (finding, locate),
    ):
        add_config(action)
        action.set_defaults(run=run)


def fetch(arguments: argparse.Namespace) -> None:
    """Brings the missing files; says so when there is nothing to do."""
    config = config_of(arguments)
    store = store_of(config)
    wanted = _wanted(store, config, arguments)
    if store.missing(wanted):
        from agent.models.fetch import fetch as bring
        from agent.models.fetch import sources_for

        sources = sources_for(store, config.models.hub, arguments.folder)
        bring(store, wanted, sources, progress_on(sys.stderr))
    thinking = config.models.thinking
    if not config.thinking.endpoint and any(model.name == thinking for model in wanted):
        from dialogue.packing import packed

        packed(store.file(thinking))
    names = ", ".join(model.name for model in wanted) or "no model is needed"
    print(f"Models ready in {store.folder}: {names}.")


def add(arguments: argparse.Namespace) -> None:
    """Brings a model once its licence is accepted; raises `ModelError` when it is not."""
    config = config_of(arguments)
    model = ADDABLE[arguments.name]
    print(f"{model.title} is under {model.licence}. {model.terms}", flush=True)
    if not arguments.accept_licence and not _accepted():
        raise ModelError("The licence was not accepted: nothing was fetched.")

    from agent.models.added import look_up, remember
    from agent.models.fetch import fetch as bring
    from agent.models.hub import Hub

    if not config.models.hub:
        raise ModelError(f"{model.title} comes from the hub: name one in [models] hub.")
    table = look_up(model, config.models.hub)
    added = remember(store_of(config).folder, arguments.name, table)
    store = store_of(config)
    bring(store, [added], [Hub(config.models.hub)], progress_on(sys.stderr))
    print(
        f"{arguments.name} is ready in {store.folder}. To speak with it: "
        f'[models] {model.room} = "{arguments.name}" in config.toml.'
    )


def _accepted() -> bool:
    if not sys.stdin.isatty():
        raise ModelError("The licence must be accepted: run it at a terminal, or --accept-licence.")
    return input('Type "yes" to accept it: ').strip().lower() == "yes"


def verify(arguments: argparse.Namespace) -> None:
    """Reads every byte; raises `ModelError` when a file is not what it should be."""
    config = config_of(arguments)
    store = store_of(config)
    there = [m for m in store.lock.models.values() if (store.folder / m.name).is_dir()]
    models = [store.model(name) for name in arguments.names] or there
    if not models:
        raise ModelError(f"No models are in {store.folder}: run `parley models fetch`.")
    progress, bad = progress_on(sys.stderr), []
    for file in (file for model in models for file in model.files):
        progress.begin(str(file), file.size)
        state = store.state(file, on_bytes=progress.advance)
        progress.end()
        print(f"{file}: {state.value}")
        if state is not State.READY:
            bad.append(file)
    if bad:
        names = " ".join(dict.fromkeys(file.model for file in bad))
        raise ModelError(
            f"{len(bad)} of the files cannot be used: run `parley models fetch {names}`."
        )


def show(arguments: argparse.Namespace) -> None:
    """Prints a line a model."""
    store = store_of(config_of(arguments))
    row = "{:<20} {:<9} {:>9}  {:<11} {}".format
    print(row("MODEL", "FOR", "SIZE", "LICENCE", "STATE"))
    for model in store.lock.models.values():
        state = _state(store, model)
        absent = model.optional and state is State.MISSING
        told = "missing (optional)" if absent else state.value
        print(row(model.name, model.room, megabytes(model.size), model.licence, told))
    print(f"\nin {store.folder}")


def locate(arguments: argparse.Namespace) -> None:
    """Prints the folder of a verified model."""
    print(store_of(config_of(arguments)).path(arguments.name))


def _wanted(store: ModelStore, config: Config, arguments: argparse.Namespace) -> Sequence[Model]:
    """The models named, or all, or those the settings use; a path of the user's own is not ours."""
    if arguments.all:
        return list(store.lock.models.values())
    names = arguments.names or config.models_used()
    return [store.model(name) for name in names if "/" not in name]


def _state(store: ModelStore, model: Model) -> State:
    """The worst state of its files."""
    states = {store.state(file) for file in model.files}
    order = (State.DAMAGED, State.CUT_SHORT, State.MISSING, State.READY)
    return next(state for state in order if state in states)
