"""`parley config`: what is set, what could be, and whether a file is right."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from agent.cli.options import add_config

if TYPE_CHECKING:
    from agent.config import Config

_EXAMPLES = """\
examples:
  parley config                               every setting in force, and where it came from
  parley config --defaults > config.toml      a file with every setting, explained
  parley config --check my.toml               is this file right?
"""


def define(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `parley config`."""
    parser.epilog = _EXAMPLES
    add_config(parser)
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument(
        "--defaults", action="store_true", help="print config.toml with every default, explained"
    )
    choice.add_argument("--check", type=Path, metavar="FILE", help="say whether FILE is right")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Prints what was asked for."""
    from agent.config import default_text, find, read

    if arguments.defaults:
        print(default_text(), end="")
    elif arguments.check:
        changed = sum(origin == "file" for _, _, origin in settings(read(arguments.check)))
        print(f"{arguments.check} is right; it sets {changed} of the settings.")
    else:
        path = find(arguments.config)
        _show(read(path), path)


def settings(config: Config) -> Iterator[tuple[str, str, str]]:
    """Table, key and origin of every setting: file, default or the variable that overrides it."""
    for table in type(config).model_fields:
        values = getattr(config, table)
        for key in type(values).model_fields:
            origin = "file" if key in values.model_fields_set else "default"
            if (table, key) == ("models", "folder") and os.environ.get("PARLEY_MODELS"):
                origin = "PARLEY_MODELS"
            yield table, key, origin


def _show(config: Config, path: Path | None) -> None:
    """Prints TOML that can be read back, each setting's origin in a comment."""
    from agent.config_text import as_toml

    print(f"# file: {path.resolve()}" if path else "# file: none, so these are the defaults")
    last = ""
    for table, key, origin in settings(config):
        if table != last:
            print(f"\n[{table}]")
            last = table
        line = f"{key} = {as_toml(getattr(getattr(config, table), key))}"
        print(f"{line:<40} # {origin}")
