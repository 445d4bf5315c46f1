"""A stream of tokens -> clauses, each cut as early as is safe.

Safe means: the words before the cut will not be read differently for what comes after it. So a
cut never falls inside a number, an abbreviation, an e-mail address or a name with initials, and
what may still grow (the last word without a space after it) is waited for.
"""

# ruff: noqa: RUF001 - typographic quotes and dashes are meant
from __future__ import annotations

import re
from dataclasses import dataclass

from tts.spoken import ABBREVIATIONS

BREAK_BEFORE = frozenset(
    "and but or so because although that which who when where if while to for with without in on "
    "at from about by until before after".split()
)
"""Words before which English breathes even without punctuation."""

WORD = re.compile(r"\S+")
CLOSERS = "\"')]}”’*_`"
SENTENCE_END = ".?!…\n"
CLAUSE_END = ",;:—"
INITIAL = re.compile(r"(?:[A-Za-z]\.)+")
# "Sure," or "Really?": over before its space has come.
EARLY_END = re.compile(r"[^\W\d_](?:[^\W\d_]|')+[,!?]")
LIST_NUMBER = re.compile(r"\d{1,3}[.)]")


@dataclass(frozen=True)
class ClauseLengths:
    """In words: when a clause may end, by what ends it."""

    first: int = 3
    longest_first: int = 6
    comma: int = 4
    longest: int = 16


@dataclass(frozen=True)
class Clause:
    """A piece to be spoken, and the word after it where the sentence goes on without a pause.

    The word ahead is not spoken with it, but known: the clause is not said like an end.
    """

    text: str
    ahead: str = ""


@dataclass(frozen=True)
class ClauseCutter:
    """The text not yet cut, and whether the next clause is the first: the state of cutting."""

    lengths: ClauseLengths = ClauseLengths()
    pending: str = ""
    is_first: bool = True

    def push(self, text: str) -> tuple[list[Clause], ClauseCutter]:
        """Clauses that are complete now that this text came, and the state after it."""
        clauses, pending, is_first = [], self.pending + text, self.is_first
        while (cut := self._earliest_cut(pending, is_first)) is not None:
            end, ahead = cut
            clause, pending = pending[:end].strip(), pending[end:]
            if clause:
                clauses.append(Clause(clause, ahead))
                is_first = False
        return clauses, ClauseCutter(self.lengths, pending, is_first)

    def flush(self) -> tuple[list[Clause], ClauseCutter]:
        """Everything that is left as one last clause, if there is any."""
        clause = self.pending.strip()
        after = ClauseCutter(self.lengths, "", self.is_first and not clause)
        return ([Clause(clause)] if clause else []), after

    def _earliest_cut(self, text: str, is_first: bool) -> tuple[int, str] | None:
        """End of the first clause in the text and the word ahead; None while none is sure."""
        words = list(WORD.finditer(text))
        count = 0
        for i, word in enumerate(words):
            following = words[i + 1].group() if i + 1 < len(words) else ""
            count += any(character.isalnum() for character in word.group())
            if is_first and (early := EARLY_END.match(word.group())):
                return word.start() + early.end(), ""
            if ends_line(text, word.end()):
                return word.end(), ""
            if word.end() == len(text):
                return None
            mark = closing_mark(word.group())
            if mark and mark in SENTENCE_END and count and ends_sentence(words, i):
                return word.end(), ""
            if not splits(word.group(), following):
                continue
            if mark and count >= (1 if is_first else self.lengths.comma):
                return word.end(), ""
            # The next word must be complete: "to" may still become "tomorrow".
            if not mark and following and words[i + 1].end() < len(text):
                lengths = self.lengths
                enough = lengths.first if is_first else 2 * lengths.comma
                longest = lengths.longest_first if is_first else lengths.longest
                natural = following.lower() in BREAK_BEFORE and count >= enough
                if natural or count >= longest:
                    return word.end(), following
        return None


def ends_line(text: str, position: int) -> bool:
    """Whether the white space at this position holds a line break: lists and headings end there."""
    space = text[position:]
    return "\n" in space[: len(space) - len(space.lstrip())]


def closing_mark(word: str) -> str:
    """The punctuation that ends a word, behind closing quotes and brackets; empty if none does."""
    last = word.rstrip(CLOSERS)[-1:]
    return last if last in SENTENCE_END + CLAUSE_END else ""


def ends_sentence(words: list[re.Match[str]], i: int) -> bool:
    """Whether the full stop, question or exclamation mark of word i ends a sentence."""
    word = words[i].group().strip(CLOSERS + "([{“‘")
    if not word.endswith("."):
        return True
    if word.lower() in ABBREVIATIONS or INITIAL.fullmatch(word):
        return False
    return not (LIST_NUMBER.fullmatch(word) and i == 0)


def splits(word: str, following: str) -> bool:
    """Whether a cut between two words leaves numbers, amounts, dates and titles whole."""
    if word.lower() in ABBREVIATIONS or INITIAL.fullmatch(word):
        return False
    digit_before = any(c.isdigit() for c in word[-2:])
    if digit_before and closing_mark(word) not in (",", ";"):
        return False
    # "January 5, 2026", "1, 2, 3": what follows must be known, and not a number.
    return not digit_before or (bool(following) and not following[0].isdigit())
