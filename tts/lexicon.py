"""How English words are pronounced: gruut's lexicon, in memory."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

LIKE = {"VBN": "VBD", "VBP": "VB", "VBZ": "VB", "NNS": "NN", "NNP": "NN", "JJR": "JJ"}
"""Roles that the lexicon lacks -> those that sound alike: "I have read" is as "I read it" was."""


class EnglishLexicon:
    """The words of gruut's lexicon (MIT; 124 000 of them), found by bisection.

    The file has no index, so that SQLite reads all of it for every word: 3 ms. Here it is one
    sorted text of 4 MB instead, which 0.3 s read at the start.
    """

    def __init__(self, path: Path) -> None:
        query = (
            "SELECT group_concat(word || char(9) || role || char(9) || phonemes, char(10)) FROM "
            "(SELECT word, role, phonemes FROM word_phonemes ORDER BY word, pron_order)"
        )
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as file:
            (lines,) = file.execute(query).fetchone()
        self._lines = f"\n{lines}\n".encode()

    def __contains__(self, word: str) -> bool:
        return bool(self._roles(word))

    def find(self, word: str, role: str) -> str:
        """Phonemes of a word in a role ("NN", "VBD"), apart by spaces; "" for an unknown word."""
        roles = self._roles(word)
        named = roles.get(f"gruut:{role}") or roles.get(f"gruut:{LIKE.get(role)}")
        return named or roles.get("") or next(iter(roles.values()), "")

    def _roles(self, word: str) -> dict[str, str]:
        """Role -> phonemes of a word; the first pronunciation of each."""
        wanted, lines = word.encode(errors="replace"), self._lines
        low, high = 0, len(lines) - 1
        while low < high:
            # Both are line ends: lines up to low come before the word, those from high on do not.
            middle = lines.rfind(b"\n", low, (low + high) // 2 + 1)
            end = lines.find(b"\n", middle + 1)
            if lines[middle + 1 : lines.find(b"\t", middle)] < wanted:
                low = end
            else:
                high = middle
        roles: dict[str, str] = {}
        while lines.startswith(wanted + b"\t", low + 1):
            end = lines.find(b"\n", low + 1)
            _, role, phonemes = lines[low + 1 : end].decode().split("\t")
            roles.setdefault(role, phonemes)
            low = end
        return roles
