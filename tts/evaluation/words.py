"""Two texts compared as they are said: "$5" is "five dollars", "voice mail" is "voicemail"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tts.spoken import tokens

SMALL = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen".split()
    )
}
TENS = {
    word: 10 * value
    for value, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)
}
ORDINALS = {
    "first": "one", "second": "two", "third": "three", "fifth": "five", "eighth": "eight",
    "ninth": "nine", "twelfth": "twelve",
}  # fmt: skip
ONE_SPELLING = {
    "ok": "okay", "alright": "all right", "colour": "color", "grey": "gray", "won't": "will not",
    "can't": "can not", "cannot": "can not", "i'm": "i am", "let's": "let us", "mr": "mister",
    **{f"{word}'s": f"{word} is" for word in "it that there what who where here he she".split()},
}  # fmt: skip
CONTRACTED = (("n't", " not"), ("'ll", " will"), ("'re", " are"), ("'ve", " have"))
JOINED_AT_MOST = 3
"""Words of one side that may be one word of the other."""


@dataclass(frozen=True)
class Edit:
    """Where heard words differ from the expected: half-open ranges of both, one of them empty
    where words were left out or put in."""

    expected: range
    heard: range


def said(text: str) -> list[str]:
    """Words of a text as they are said, in lower case; numbers as single digits."""
    words = [w for token in tokens(text.replace("-", " ")) for w in token.words]
    words = [w for word in words for w in written_out(word).split()]
    return list(digits_of([w for w in words if w.isalnum() or "'" in w]))


def written_out(word: str) -> str:
    """The one spelling of a word that has several, contractions in full."""
    if word in ONE_SPELLING:
        return ONE_SPELLING[word]
    for end, full in CONTRACTED:
        if word.endswith(end):
            return word.removesuffix(end) + full
    return word


def digits_of(words: Sequence[str]) -> Iterator[str]:
    """Words with every number among them as its digits: which way it was read is left open."""
    value: int | None = None
    for i, spoken in enumerate(words):
        word = spoken
        following = words[i + 1] if i + 1 < len(words) else ""
        if word == "and" and value and value % 100 == 0 and number_word(following):
            continue
        longer = None if value is None else extended(value, number_word(word))
        if longer is not None:
            value = longer
            continue
        if value is not None:
            yield from str(value)
            word = "zero" if word == "oh" else word
        value = SMALL.get(number_word(word), TENS.get(number_word(word)))
        if value is None:
            yield word
    if value is not None:
        yield from str(value)


def number_word(word: str) -> str:
    """The cardinal of an ordinal; other words as they are."""
    if word in ORDINALS:
        return ORDINALS[word]
    stem = word.removesuffix("ieth") + "y" if word.endswith("ieth") else word.removesuffix("th")
    return stem if stem in SMALL or stem in TENS or stem == "hundred" else word


def extended(value: int, word: str) -> int | None:
    """The number that a number and one word more are; None if they are not one number."""
    if word == "hundred":
        low = value % 1000
        return value + 99 * low if 0 < low < 100 else None
    if word == "thousand":
        return value * 1000 if 0 < value < 1000 else None
    small = SMALL.get(word)
    if value >= 100 and value % 100 == 0:
        added = small or TENS.get(word)
        return value + added if added else None
    ends_in_tens = value % 100 >= 20 and value % 10 == 0
    return value + small if ends_in_tens and small and small < 10 else None


def edits(expected: Sequence[str], heard: Sequence[str]) -> list[Edit]:
    """The least edits from expected to heard, one for each word that is wrong, in order.

    Words that are the same when written together are the same.
    """
    rows, columns = len(expected) + 1, len(heard) + 1
    cost = [[0] * columns for _ in range(rows)]
    step = [[(0, 0)] * columns for _ in range(rows)]
    for row in range(rows):
        for column in range(columns):
            if row or column:
                cost[row][column], step[row][column] = min(
                    (cost[row - a][column - b] + wrong, (a, b))
                    for a, b, wrong in steps_to(expected, heard, row, column)
                )
    found = []
    i, j = rows - 1, columns - 1
    while i or j:
        a, b = step[i][j]
        if cost[i][j] != cost[i - a][j - b]:
            found.append(Edit(range(i - a, i), range(j - b, j)))
        i, j = i - a, j - b
    return found[::-1]


def steps_to(
    expected: Sequence[str], heard: Sequence[str], i: int, j: int
) -> Iterator[tuple[int, int, int]]:
    """Steps that lead to (i, j) in the alignment: words of both sides, and whether it is wrong."""
    if i:
        yield 1, 0, 1
    if j:
        yield 0, 1, 1
    if not (i and j):
        return
    yield 1, 1, int(expected[i - 1] != heard[j - 1])
    for several in range(2, JOINED_AT_MOST + 1):
        if i >= several and "".join(expected[i - several : i]) == heard[j - 1]:
            yield several, 1, 0
        if j >= several and "".join(heard[j - several : j]) == expected[i - 1]:
            yield 1, several, 0
