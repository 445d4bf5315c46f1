"""config.toml as typed settings: each room declares its table, this module reads the file."""

from __future__ import annotations

import difflib
import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from agent.config_text import allowed, defaults, shortened
from agent.errors import ParleyError
from agent.settings import ModelSettings, ServerSettings, ToolSettings
from asr.settings import HearingSettings
from dialogue.settings import ThinkingSettings
from dialogue.turns.settings import TurnSettings
from tts.settings import SpeakingSettings
from tts.voxtral.settings import VoxtralSettings

FILE_NAME = "config.toml"

Document = Mapping[str, Any]
"""Tables of settings, as TOML has them."""


class ConfigError(ParleyError):
    """The configuration cannot be used; one sentence a line, each naming a setting."""

    exit_code = 2


class Config(BaseModel):
    """All settings; every one has a default, so `Config()` is the agent as it comes."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    server: ServerSettings = ServerSettings()
    models: ModelSettings = ModelSettings()
    hearing: HearingSettings = HearingSettings()
    thinking: ThinkingSettings = ThinkingSettings()
    tools: ToolSettings = ToolSettings()
    turns: TurnSettings = TurnSettings()
    speaking: SpeakingSettings = SpeakingSettings()
    voxtral: VoxtralSettings = VoxtralSettings()

    def models_used(self) -> tuple[str, ...]:
        """The models that must be there before a call: no embedded one beside an endpoint."""
        own = () if self.thinking.endpoint else (self.models.thinking,)
        voice = (self.models.speaking,) if self.models.speaking else ()
        quick = (self.models.first_look,) if self.models.first_look else ()
        return (
            self.models.hearing,
            *quick,
            self.models.turn_end,
            self.models.understanding,
            *own,
            *voice,
        )


def find(named: Path | None = None) -> Path | None:
    """The file to read: the one named, else PARLEY_CONFIG, else config.toml in this folder."""
    if named is not None:
        return named
    if chosen := os.environ.get("PARLEY_CONFIG"):
        return Path(chosen)
    here = Path(FILE_NAME)
    return here if here.is_file() else None


def read(path: Path | None, overrides: Document | None = None) -> Config:
    """The settings in the file at `path`, or the defaults when it is None.

    `overrides` are tables laid over the file's: what the command line says. PARLEY_MODELS
    overrides the model folder. Raises `ConfigError`.
    """
    document = _parse(path) if path else {}
    folder = os.environ.get("PARLEY_MODELS")
    layers: list[Document] = [overrides or {}]
    if folder:
        layers.insert(0, {"models": {"folder": folder}})
    for layer in layers:
        for table, settings in layer.items():
            under = document.get(table, {})
            document[table] = {**under, **settings} if isinstance(under, dict) else under
    return validate(document, source=str(path or "the settings"))


def validate(document: Document, source: str) -> Config:
    """The settings in `document`; raises `ConfigError` that names `source` and each bad setting."""
    try:
        # TOML's lists and whole numbers are JSON's, whose strict mode takes them for tuples, floats
        return Config.model_validate_json(json.dumps(document, default=str))
    except ValidationError as error:
        problems = [f"{source}: {_sentence(details)}" for details in error.errors()]
        raise ConfigError("\n".join(problems)) from error


def default_text() -> str:
    """config.toml with every setting, its comment and its default."""
    return defaults((name, table_of(name)) for name in Config.model_fields)


def table_of(name: str) -> type[BaseModel]:
    """The settings class of a table of config.toml."""
    table = Config.model_fields[name].annotation
    assert isinstance(table, type) and issubclass(table, BaseModel)
    return table


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            f"There is no configuration file {path}: correct its name, or write one with "
            f"`parley config --defaults > {path}`."
        ) from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}.") from error


def _sentence(details: ErrorDetails) -> str:
    """What is wrong with one setting, what is allowed and what was perhaps meant."""
    location = [str(step) for step in details["loc"]]
    value = shortened(details["input"])
    table, key = location[0], location[1] if len(location) > 1 else None
    if details["type"] == "extra_forbidden":
        return _unknown_setting(table, key, value) if key else _unknown_table(table)
    if details["type"] == "value_error":
        return f"[{table}]: {details['ctx']['error']}."
    if key is None:
        return f"{table} is {value}; it must be a table, [{table}]."
    return f"{table}.{key} is {value}; it must be {allowed(table_of(table), key)}."


def _unknown_table(table: str) -> str:
    tables = list(Config.model_fields)
    close = difflib.get_close_matches(table, tables, n=1)
    known = ", ".join(f"[{name}]" for name in tables)
    meant = f"did you mean [{close[0]}]?" if close else f"the tables are {known}."
    return f"there is no table [{table}]; {meant}"


def _unknown_setting(table: str, key: str, value: str) -> str:
    wrong = f"{table}.{key} = {value} is no setting"
    keys = list(table_of(table).model_fields)
    elsewhere = [name for name in Config.model_fields if key in table_of(name).model_fields]
    close = difflib.get_close_matches(key, keys, n=1)
    if elsewhere:
        table, close = elsewhere[0], [key]
    if not close:
        return f"{wrong}; those of [{table}] are {', '.join(keys)}."
    return f"{wrong}; did you mean {table}.{close[0]} ({allowed(table_of(table), close[0])})?"
