"""What is spelled: telephone numbers, card numbers, codes, versions, single letters."""

# ruff: noqa: RUF001 - typographic dashes are meant
from __future__ import annotations

import re

from tts.text.numbers import cardinal, digits, groups, pairs, spoken_number, with_pauses
from tts.text.rules import Rule, before, follows, rule

TOLL_FREE = re.compile(r"8(?:00|88|77|66|55|44|33)")
WORD_IN_CODE = re.compile(r"[A-Za-z]?[a-z]{3,}|[b-df-hj-np-tv-z][aeiou][b-df-hj-np-tv-z]|COVID")
LETTER_CUE = before(
    r"\b(?:option|plan|grade|gate|vitamin|section|terminal|type|letter|group|zone|exit|class|"
    r"column|row|seat|appendix|exhibit|platform|hepatitis|team|block|wing|line|size)\s$"
)
SPELLING_BEFORE = re.compile(r"(?<![\w'’])(?:[A-Z]|\d),?\s$")
SPELLING_AHEAD = re.compile(r",?\s(?:[A-Z]|\d(?=,?\s[A-Z\d](?![\w'-])))(?![\w'-])")


def spell(text: str) -> list[str]:
    """Letters and digits one by one."""
    return [w for c in text for w in (digits(c) if c.isdigit() else [c.upper()])]


def say_phone(match: re.Match[str]) -> list[str]:
    """Digits in the groups they are written in, short pauses between: (555) 123-4567."""
    runs = re.findall(r"\d+|[A-Z]+", match.group())
    parts = [digits(run) if run.isdigit() else [run.lower()] for run in runs]
    if match.group().startswith("+"):
        parts[0] = ["plus", *parts[0]]
    for i, run in enumerate(runs[:2]):
        if TOLL_FREE.fullmatch(run) and run.endswith("00"):
            parts[i] = cardinal(int(run))
    if len(runs[0]) == 1 and not match.group().startswith("+"):
        parts[:2] = [parts[0] + parts[1]]
    return with_pauses(parts)


def say_card(match: re.Match[str]) -> list[str]:
    """4111 1111 1111 1111, and account numbers in groups of four behind a country's letters."""
    return with_pauses(spell(group) for group in re.split(r"[ -]", match.group()))


def say_code(match: re.Match[str]) -> list[str]:
    """AB-1234 in groups with pauses; B12, 4G, COVID-19 and MP3 as names."""
    text = match.group()
    runs = re.findall(r"[A-Za-z]+|\d+", text)
    if is_spelled(runs):
        return with_pauses(spell(group) for group in code_groups(text))
    words: list[str] = []
    for run in runs:
        if run.isdigit():
            words += _number_in_name(run, text)
        elif WORD_IN_CODE.fullmatch(run) or (len(run) >= 4 and not run.isupper()):
            words.append(run.lower())
        else:
            words += list(run.upper())
    return words


def _number_in_name(run: str, text: str) -> list[str]:
    if len(run) <= 2 and not run.startswith("0"):
        return spoken_number(run)
    is_model = len(run) == 3 and len(text.replace("-", "")) == 4
    return pairs(run) if is_model else digits(run)


def is_spelled(runs: list[str]) -> bool:
    """Whether runs of letters and digits are a code to write down rather than a name."""
    if any(WORD_IN_CODE.fullmatch(run) for run in runs):
        return False
    size, figures = sum(map(len, runs)), max(len(run) for run in runs if run.isdigit())
    return size >= 5 and (len(runs) >= 3 or figures >= 3)


def code_groups(code: str) -> list[str]:
    """The characters of a code as people read it out: in threes and fours."""
    found: list[str] = []
    for part in re.findall(r"[A-Za-z\d]+", code):
        runs = re.findall(r"[A-Za-z]+|\d+", part)
        whole = len(part) <= 4 or any(len(run) < 2 for run in runs)
        for run in [part] if whole else runs:
            found += groups(run)
    return found


def say_version(match: re.Match[str]) -> list[str]:
    """v2.1 -> version two point one; 2.0.1 -> two point zero point one."""
    parts = [spoken_number(part) for part in re.split(r"\.", match["parts"])]
    words = parts[0]
    for part in parts[1:]:
        words = [*words, "point", *part]
    return ["version", *words] if match["v"] else words


def say_keys(match: re.Match[str]) -> list[str]:
    """*67# on a telephone -> star six seven pound."""
    return ["star", *digits(match["keys"]), *(["pound"] if match["end"] else [])]


def say_letter(match: re.Match[str]) -> list[str] | None:
    """A single letter by its name, unless it is the article or the pronoun."""
    letter = match["letter"]
    if letter in "ai":
        return [letter]
    if letter in "AI":
        start, end = match.span()
        spelling = SPELLING_BEFORE.search(match.string, max(0, start - 4), start)
        ahead = SPELLING_AHEAD.match(match.string, end)
        is_name = spelling or ahead or (letter == "A" and _is_marked(match.string, end))
        if not is_name and not follows(match, LETTER_CUE):
            return [letter.lower()]
    return [letter.upper() + (match["s"] or "").replace("'", "")]


def _is_marked(text: str, end: int) -> bool:
    """Whether no word follows: an article never ends a sentence."""
    return re.match(r"\s*(?:[.,;:?!)+-]|$)", text[end : end + 4]) is not None


def say_sharp(match: re.Match[str]) -> list[str]:
    """C# -> C sharp; C++ -> C plus plus."""
    return [match["note"], *(["sharp"] if match["sign"] == "#" else ["plus", "plus"])]


SEPARATOR = r"[\s.-]"
SPELLED: tuple[Rule, ...] = (
    rule("phone", rf"""(?<![\w.-])(?:\+?\d{{1,3}}{SEPARATOR})?(?:\(\d{{3}}\)\s?|\d{{3}}{SEPARATOR})
         \d{{3}}{SEPARATOR}\d{{4}}(?![\w-]|\.\d)""", say_phone),
    rule("phone", r"(?<![\w.-])\+\d{1,3}(?:[\s.-]?(?:\(0\))?\d{1,5}){1,6}(?![\w-]|\.\d)",
         say_phone),
    rule("phone", r"(?<![\w.-])0\d{2,4}(?:[\s-]\d{3,4}){2}(?![\w-]|\.\d)", say_phone),
    rule("phone", r"(?<![\w.,/-])\d{3}[ -]\d{4}(?![\w-]|\.\d)", say_phone),
    rule("phone", r"(?<![\w.-])(?:1-)?8\d\d-[A-Z]{3,9}(?:-[A-Z]{2,9}|-\d{1,4})?(?![\w-])",
         say_phone),
    rule("card", r"(?<![\w-])\d{4}(?:[ -]\d{4}){2,3}(?![\w-])", say_card),
    rule("card", r"(?<![\w-])[A-Z]{2}\d\d(?:[ ][\dA-Z]{4}){2,7}(?:[ ][\dA-Z]{1,3})?(?![\w-])",
         say_card),
    rule("card", r"(?<![\w-])\d{5}-\d{4}(?![\w-])", say_card),
    rule("version", r"(?<![\w.])(?P<v>[vV]\.?\s?)?(?P<parts>\d{1,5}(?:\.\d{1,5}){2,4})(?!\w|\.\d)",
         say_version),
    rule("version", r"(?<!\w)(?P<v>[vV]\.?\s?)(?P<parts>\d{1,3}(?:\.\d{1,3})?)(?!\w|\.\d)",
         say_version),
    rule("version", r"(?<=[Vv]ersion\s)(?P<v>)(?P<parts>\d{1,3}\.\d{1,3})(?!\w|\.\d)",
         say_version),
    rule("code", r"✱(?P<keys>\d{1,6})(?P<end>\#?)", say_keys),
)  # fmt: skip
"""Numbers to write down; before amounts."""

NAMES: tuple[Rule, ...] = (
    rule("code", r"""(?<![\w-])(?=[A-Za-z-]{0,40}\d|\d[\d-]{0,40}[A-Za-z])
         [A-Za-z0-9]{1,40}(?:[-_][A-Za-z0-9]{1,40}){0,8}(?!\w|-[A-Za-z0-9])""", say_code),
    rule("code", r"(?<![\w-])(?P<note>[A-G])(?P<sign>\#|\+\+)(?![\w])", say_sharp),
    rule("letter", r"""(?<![\w'])(?P<letter>[A-Za-z])(?P<s>'s|(?<=[B-HJ-TV-Z])s)?
         (?![\w']|\.[A-Za-z])""", say_letter),
)  # fmt: skip
"""Codes and letters; after amounts and abbreviations."""
