"""Tools named in config.toml: what is loaded, and what is said of those that cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.config import ConfigError, read
from agent.tools import load_tools

GOOD = '''
from __future__ import annotations

Day = str

def book_table(people: int, day: Day) -> str:
    """Book a table."""
    return f"{people} on {day}"

def silent(name: str) -> str:
    return name
'''


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with modules in it that no other test has imported."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", ["/nowhere"])
    (tmp_path / "craft_tools.py").write_text(GOOD)
    (tmp_path / "craft_broken.py").write_text("import craft_nothing\n")
    return tmp_path


async def test_tools_are_found_by_module_and_by_path(folder: Path) -> None:
    for name in ("craft_tools:book_table", f"{folder}/craft_tools.py:book_table"):
        [tool] = load_tools([name])
        assert tool.info.name == "book_table"
        assert await tool(2, "Friday") == "2 on Friday"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("craft_absent:book", "there is no module craft_absent; correct its name, or give"),
        ("absent.py:book", "there is no file absent.py; correct the path."),
        ("craft_tools:book", "craft_tools has no function book; correct the name."),
        ("craft_tools:silent", "silent has no docstring"),
        ("craft_broken:book", "craft_broken cannot be imported (ModuleNotFoundError: No module"),
    ],
)
def test_a_tool_that_cannot_be_used_is_named(folder: Path, name: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_tools([name, "craft_tools:book_table"])
    assert str(caught.value).startswith(f'tools.functions has "{name}": {sentence}')
    assert "\n" not in str(caught.value)


def test_a_name_is_taken_once(folder: Path) -> None:
    with pytest.raises(ConfigError, match="there is a tool book_table before it"):
        load_tools(["craft_tools:book_table", "craft_tools.py:book_table"])


def test_names_in_the_file(folder: Path) -> None:
    file = folder / "config.toml"
    file.write_text('[tools]\nfunctions = ["craft_tools:book_table"]\n')
    assert read(file).tools.functions == ("craft_tools:book_table",)
    file.write_text('[tools]\nfunctions = ["book_table"]\n')
    with pytest.raises(ConfigError, match=r"tools\.functions"):
        read(file)
