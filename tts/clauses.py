"""A stream of tokens -> clauses, each cut as early as is safe.

Safe means: the words on either side are not read differently for the cut. So it never falls inside
a number, an abbreviation, an address, a link, a phoneme override or a name with initials, and
what may still grow (the last word without a space after it) is waited for. Where it falls depends
on the text alone, not on the pieces in which that comes.
"""

# ruff: noqa: RUF001 - typographic quotes and dashes are meant
from __future__ import annotations

import re
from dataclasses import dataclass

from tts.spoken import said
from tts.text.abbreviations import AMBIGUOUS, CALENDAR, ends_with_stop
from tts.text.cues import expects_number
from tts.text.markup import is_inside

BREAK_BEFORE = frozenset(
    "and but or so because although that which who when where if while to for with without in on "
    "at from about by until before after".split()
)
"""Words before which English breathes even without punctuation."""
ARTICLES = frozenset(("a", "an", "the"))
"""Words that lean on the next one: said at the end of a clause they are all but swallowed."""

WORD = re.compile(r"\S+")
CLOSERS = "\"')]}”’*_`"
SENTENCE_END = ".?!…\n"
CLAUSE_END = ",;:—"
INITIAL = re.compile(r"(?:[A-Za-z]\.)+")
NAME = re.compile(r"[A-Z][\w'’.-]*")
LONGEST_NAME = 4
"""Words with capitals, one after the other, that are kept together."""
STARTS_WORD = re.compile(r"[\"'“‘(]?[^\W\d_]")
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

    The word ahead, with its article if it has one, is not spoken with it, but known: the clause
    is not said like an end.
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
        """End of the first clause in the text and the words ahead; None while none is sure."""
        words = list(WORD.finditer(text))
        count = 0
        for i, word in enumerate(words):
            following = words[i + 1].group() if i + 1 < len(words) else ""
            count += any(character.isalnum() for character in word.group())
            if is_first and (early := early_end(text, word)):
                return early, ""
            if ends_line(text, word.end()) and not is_inside(text, word.end()):
                # The line's end stays in the clause: it is a pause.
                return text.index("\n", word.end()) + 1, ""
            if word.end() == len(text):
                return None
            mark = closing_mark(word.group())
            if mark and mark in SENTENCE_END and count and ends_sentence(words, i):
                if not is_inside(text, word.end()):
                    return word.end(), ""
                continue
            if not splits(word.group(), following) or is_inside(text, word.end()):
                continue
            if mark:
                if count >= (1 if is_first else self.lengths.comma):
                    return word.end(), ""
                continue
            ahead = known_word(text, words[i + 1], is_first) if following else ""
            if not (ahead and self._may_breathe(count, ahead, is_first)):
                continue
            last, ahead = with_article(words, i, ahead)
            if is_apart(text, words, last, ahead):
                return words[last].end(), ahead
        return None

    def _may_breathe(self, count: int, following: str, is_first: bool) -> bool:
        """Whether a clause of so many words may end before a word, without punctuation."""
        lengths = self.lengths
        enough = lengths.first if is_first else 2 * lengths.comma
        longest = lengths.longest_first if is_first else lengths.longest
        return count >= longest or (following.lower() in BREAK_BEFORE and count >= enough)


def early_end(text: str, word: re.Match[str]) -> int | None:
    """Where "Sure," ends, before its space has come; None if the word is not over so surely."""
    early = EARLY_END.match(word.group())
    if early is None or early.group()[:-1].lower() in CALENDAR:
        return None
    end = word.start() + early.end()
    return None if is_inside(text, end) else end


def known_word(text: str, word: re.Match[str], is_first: bool) -> str:
    """A word that is complete; "" for one that may go on: "to" may still become "tomorrow"."""
    early = EARLY_END.match(word.group()) if is_first else None
    if early:
        return early.group()
    return word.group() if word.end() < len(text) else ""


def with_article(words: list[re.Match[str]], i: int, ahead: str) -> tuple[int, str]:
    """The last word of a clause up to word i, and the words ahead: an article is one of these."""
    if i == 0 or words[i].group().lower() not in ARTICLES:
        return i, ahead
    return i - 1, f"{words[i].group()} {ahead}"


def is_apart(text: str, words: list[re.Match[str]], i: int, ahead: str) -> bool:
    """Whether the words up to i and the one ahead are read alike together and apart."""
    end = words[i].end()
    # A capital A or I is a letter or a word by what comes after it.
    if not STARTS_WORD.match(ahead) or ahead in "AI" or ends_in_name(words, i):
        return False
    # "Oak Dr.", but "Dr. Oak": by what is before it.
    if ahead.rstrip(CLOSERS + ".,").lower() in AMBIGUOUS:
        return False
    # What is read in the light of the text before it reaches no further back than this.
    begin = words[max(0, i - 5)].start()
    before = text[begin:end]
    together = f"{before} {ahead}"
    if expects_number(together) and not expects_number(ahead):
        return False
    return said(before) + said(ahead) == said(together)


def ends_in_name(words: list[re.Match[str]], i: int) -> bool:
    """Whether word i and the next have capitals, as in a name (of no more than four words)."""
    near = [word.group() for word in words[max(0, i - LONGEST_NAME + 1) : i + 2]]
    if not (NAME.match(near[-1]) and NAME.match(near[-2])):
        return False
    return len(near) <= LONGEST_NAME or not all(map(NAME.match, near))


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
    following = words[i + 1].group() if i + 1 < len(words) else ""
    if INITIAL.fullmatch(word) or ends_with_stop(word, following) != "sentence":
        return False
    return not (LIST_NUMBER.fullmatch(word) and i == 0)


def splits(word: str, following: str) -> bool:
    """Whether a cut between two words leaves numbers, amounts, dates and titles whole."""
    if INITIAL.fullmatch(word):
        return False
    if word.endswith(".") and ends_with_stop(word, following) != "sentence":
        return False
    digit_before = any(c.isdigit() for c in word[-2:])
    if digit_before and closing_mark(word) not in (",", ";"):
        return False
    # "January 5, 2026", "1, 2, 3": what follows must be known, and not a number.
    return not digit_before or (bool(following) and not following[0].isdigit())
