"""The tools that config.toml names, imported: `module:function` or `path/to/file.py:function`."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from agent.config import ConfigError
from dialogue.tools import Tool, ToolUnusable


def load_tools(names: Sequence[str]) -> tuple[Tool, ...]:
    """The functions of those names as tools.

    Modules are looked for as Python does, and in the working folder.

    Raises:
        ConfigError: one cannot be imported or is no tool; a sentence a line.
    """
    tools: dict[str, Tool] = {}
    problems: list[str] = []
    for name in names:
        try:
            tool = Tool(_function(name))
            if tool.info.name in tools:
                raise ToolUnusable(
                    f"there is a tool {tool.info.name} before it; rename one of them."
                )
            tools[tool.info.name] = tool
        except ToolUnusable as error:
            problems.append(f'tools.functions has "{name}": {error}')
    if problems:
        raise ConfigError("\n".join(problems))
    return tuple(tools.values())


def _function(name: str) -> Any:
    place, _, function = name.rpartition(":")
    try:
        module = _file(Path(place).expanduser()) if _is_path(place) else _module(place)
    except ToolUnusable:
        raise
    except Exception as error:
        raise ToolUnusable(
            f"{place} cannot be imported ({type(error).__name__}: {error}); correct it."
        ) from error
    if not hasattr(module, function):
        raise ToolUnusable(f"{place} has no function {function}; correct the name.")
    return getattr(module, function)


def _is_path(place: str) -> bool:
    return "/" in place or place.endswith(".py")


def _file(path: Path) -> ModuleType:
    if not path.is_file():
        raise ToolUnusable(f"there is no file {path}; correct the path.")
    module_name = f"parley_tools_{path.stem}"
    spec = importlib.util.spec_from_file_location(module_name, path)
    if spec is None or spec.loader is None:
        raise ToolUnusable(f"{path} is no Python file; name one that ends in .py.")
    module = importlib.util.module_from_spec(spec)
    # Types written as text are looked up in the module by this name.
    sys.modules[module_name] = module
    spec.loader.exec_module(module)
    return module


def _module(name: str) -> ModuleType:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and name.split(".")[0] == error.name.split(".")[0]:
            raise ToolUnusable(
                f"there is no module {name}; correct its name, or give the path of its file."
            ) from error
        raise
