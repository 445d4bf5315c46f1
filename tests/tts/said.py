"""The table of what is said: `said.txt`, read."""

from __future__ import annotations

from pathlib import Path


def read_table() -> list[tuple[str, str]]:
    """Pairs of a written text and its words, in the order of the file."""
    text = (Path(__file__).parent / "said.txt").read_text(encoding="utf-8")
    _, _, table = text.partition("\n\n")
    lines = (line.rpartition(" -> ") for line in table.split("\n") if " -> " in line)
    return [(written.replace("\\n", "\n"), words) for written, _, words in lines]


SAID = read_table()
