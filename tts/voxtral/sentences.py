"""A stream of tokens -> sentences for a model that wants a whole text before it speaks.

The first piece may end at a comma, so that speech starts early. A cut depends on the text before
it alone, and the blank after it: how the text comes in pieces does not matter.
"""

# ruff: noqa: RUF001 - typographic dashes are meant
from __future__ import annotations

from dataclasses import dataclass

from tts.clauses import CLOSERS, WORD, ends_line, ends_sentence, splits

SENTENCE_ENDS = ".?!…。！？।؟۔"
CLAUSE_ENDS = ",;:—،؛"


@dataclass(frozen=True)
class SentenceLengths:
    """When a piece may end: words of the first, words of any, characters of the longest.

    A word alone is a poor prompt (the model runs on after it), so it waits for what follows.
    """

    first: int = 4
    shortest: int = 2
    longest: int = 240


@dataclass(frozen=True)
class SentenceCutter:
    """The text not yet cut, and whether the next piece is the first: the state of cutting."""

    lengths: SentenceLengths = SentenceLengths()
    pending: str = ""
    is_first: bool = True

    def push(self, text: str) -> tuple[list[str], SentenceCutter]:
        """Sentences that are complete now that this text came, and the state after it."""
        sentences, pending, is_first = [], (self.pending + text).lstrip(), self.is_first
        while (end := self._earliest_cut(pending, is_first)) is not None:
            sentences.append(pending[:end].strip())
            pending, is_first = pending[end:].lstrip(), False
        return sentences, SentenceCutter(self.lengths, pending, is_first)

    def flush(self) -> tuple[list[str], SentenceCutter]:
        """Everything that is left as one last sentence, if there is any."""
        sentence = self.pending.strip()
        after = SentenceCutter(self.lengths, "", self.is_first and not sentence)
        return ([sentence] if sentence else []), after

    def _earliest_cut(self, text: str, is_first: bool) -> int | None:
        """End of the first sentence in the text; None while none is sure."""
        words = list(WORD.finditer(text[: self.lengths.longest]))
        count = 0
        for i, word in enumerate(words):
            if word.end() == len(text) or word.end() == self.lengths.longest:
                break
            count += any(character.isalnum() for character in word.group())
            mark = word.group().rstrip(CLOSERS)[-1:]
            if count >= self.lengths.shortest:
                ends = mark and mark in SENTENCE_ENDS and ends_sentence(words, i)
                if ends or ends_line(text, word.end()):
                    return word.end()
            following = words[i + 1].group() if i + 1 < len(words) else ""
            is_clause = mark and mark in CLAUSE_ENDS and splits(word.group(), following)
            if is_first and is_clause and count >= self.lengths.first:
                return word.end()
        if len(text) <= self.lengths.longest:
            return None
        # Too long: before the word that crosses the limit, or through a word that is all of it.
        blank = text.rfind(" ", 0, self.lengths.longest)
        return blank if blank > 0 else self.lengths.longest
