"""Options that several commands share."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent.config import Config
    from agent.models import ModelStore


def add_config(parser: argparse.ArgumentParser) -> None:
    """Lets a command be given a configuration file."""
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="settings to use (default: $PARLEY_CONFIG, else ./config.toml when there is one)",
    )


def config_of(
    arguments: argparse.Namespace, overrides: Mapping[str, Mapping[str, Any]] | None = None
) -> Config:
    """The settings in force; `overrides` are those that the command line itself gives."""
    from agent.config import find, read

    return read(find(arguments.config), overrides)


def store_of(config: Config) -> ModelStore:
    """The model store that the settings name."""
    from agent.models import ModelStore

    return ModelStore.at(config.models.folder)
