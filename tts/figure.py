"""A measured figure, and the bar it has to reach."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One line of a table; `met` is None for what has no bar."""

    name: str
    value: str
    bar: str = ""
    met: bool | None = None

    def __str__(self) -> str:
        verdict = {True: "met", False: "MISSED", None: ""}[self.met]
        return f"{self.name:46s} {self.value:>20s}   {self.bar:28s} {verdict}".rstrip()
