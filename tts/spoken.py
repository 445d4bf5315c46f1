"""Written text -> the words that are said, each written token keeping its own text.

Numbers, money, times, years, phone numbers, codes, e-mail and web addresses, acronyms and common
abbreviations are put into words; markdown, emoji and other signs fall away.
"""

# ruff: noqa: RUF001 - typographic quotes and dashes are meant
from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from tts.numbers import cardinal, digits, ordinal, spoken_number, year


@dataclass(frozen=True)
class Token:
    """A piece of the written text, the lower-case words it is said as, and the pause after it."""

    text: str
    words: tuple[str, ...]
    pause: str = ""


ABBREVIATIONS = {
    "dr.": "doctor", "mr.": "mister", "mrs.": "missus", "ms.": "miss", "st.": "street",
    "ave.": "avenue", "blvd.": "boulevard", "rd.": "road", "apt.": "apartment", "no.": "number",
    "vs.": "versus", "etc.": "et cetera", "e.g.": "for example", "i.e.": "that is",
    "approx.": "approximately", "inc.": "incorporated", "ltd.": "limited", "co.": "company",
    "jr.": "junior", "sr.": "senior", "mt.": "mount", "dept.": "department", "ext.": "extension",
    "jan.": "january", "feb.": "february", "aug.": "august", "sept.": "september",
    "oct.": "october", "nov.": "november", "dec.": "december", "min.": "minutes",
    "a.m.": "a m", "p.m.": "p m", "w/": "with", "w/o": "without",
}  # fmt: skip
CURRENCIES = {
    "$": ("dollar", "cent"), "€": ("euro", "cent"), "£": ("pound", "penny"), "¥": ("yen", "sen")
}  # fmt: skip
PLURALS = {"penny": "pence", "yen": "yen", "sen": "sen"}
UNITS = {
    "km": "kilometers", "kg": "kilograms", "cm": "centimeters", "mm": "millimeters",
    "mb": "megabytes", "gb": "gigabytes", "tb": "terabytes", "mph": "miles per hour",
    "lb": "pounds", "lbs": "pounds", "oz": "ounces", "ft": "feet", "ms": "milliseconds",
    "kwh": "kilowatt hours", "h": "hours", "min": "minutes", "gbps": "gigabits per second",
    "mbps": "megabits per second", "m": "meters",
}  # fmt: skip
SIGNS = {
    "@": "at", "%": "percent", "&": "and", "+": "plus", "=": "equals", "#": "number", "/": "slash",
    "_": "underscore", "-": "dash", ".": "dot", ":": "colon", "?": "question mark", "~": "tilde",
    "°": "degrees",
}  # fmt: skip
PAUSES = {"...": ".", "…": ".", "—": ",", "–": ","} | {sign: sign for sign in ".,;:?!"}

MARKDOWN = (
    (re.compile(r"```.*?```", re.DOTALL), " "),
    (re.compile(r"!?\[([^\]]*)\]\([^)]*\)"), r"\1"),
    (re.compile(r"^\s*(?:[-*+•]|#{1,6}|>)\s+", re.MULTILINE), " "),
    (re.compile(r"[*`|]+|(?<!\w)_+|_+(?!\w)|~~"), ""),
)
LOOKALIKES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "\u00a0": " ", "‑": "-"})

NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
PATTERN = re.compile(
    rf"""
    (?P<email>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)
  | (?P<web>(?:https?://|www\.)[^\s,;!?)"]*[\w/]
      |[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|org|net|io|ai|dev|edu|gov|co)\b(?:/[\w/.-]*\w)?)
  | (?P<phone>(?:\+\d{{1,3}}[\s.-]?)?(?:\(\d{{3}}\)\s?|\d{{3}}[\s.-])\d{{3}}[\s.-]\d{{4}}\b)
  | (?P<money>(?P<currency>[$€£¥])\s?(?P<amount>{NUMBER})
      (?:\s?(?P<scale>thousand|million|billion|trillion|[kKmMbB])\b)?)
  | (?P<time>\b(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)(?:\s?(?P<half>[AaPp])\.?[Mm]\b\.?)?)
  | (?P<clock>\b(?P<oclock>1[0-2]|[1-9])\s?(?P<part>[AaPp])\.?[Mm]\b\.?)
  | (?P<ordinal>\b(?P<nth>\d{{1,3}}(?:,?\d{{3}})*)(?:st|nd|rd|th)\b)
  | (?P<percent>(?P<share>{NUMBER})\s?%)
  | (?P<measure>\b(?P<size>{NUMBER})\s?(?P<unit>{"|".join(UNITS)})\b)
  | (?P<range>\b(?P<low>\d+)\s?[-–]\s?(?P<high>\d+)\b(?!-))
  | (?P<code>\b(?=[A-Za-z0-9-]*\d)(?=[A-Za-z0-9-]*[A-Za-z])[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*\b)
  | (?P<number>{NUMBER})
  | (?P<abbreviation>(?<!\w)(?:{"|".join(map(re.escape, ABBREVIATIONS))})(?!\w))
  | (?P<initials>\b(?:[A-Za-z]\.){{2,}})
  | (?P<initial>\b(?-i:[B-HJ-Z])\.(?=\s+(?-i:[A-Z])))
  | (?P<word>[^\W\d_]+(?:'[^\W\d_]+)*'?)
  | (?P<pause>\.\.\.|[.,;:?!…—–]|(?<=\s)-+(?=\s))
  | (?P<sign>[@%&+=\#/°])
    """,
    re.VERBOSE | re.IGNORECASE,
)  # fmt: skip


def without_markup(text: str) -> str:
    """Text without markdown and with plain quotes and spaces."""
    text = unicodedata.normalize("NFC", text).translate(LOOKALIKES)
    for pattern, replacement in MARKDOWN:
        text = pattern.sub(replacement, text)
    return text


def tokens(text: str) -> list[Token]:
    """The tokens of a text in order; what cannot be said is not among them."""
    found: list[Token] = []
    for match in PATTERN.finditer(without_markup(text)):
        kind = kind_of(match)
        if kind == "pause":
            mark = PAUSES.get(match.group(), ",")
            if found:
                last = found[-1]
                found[-1] = Token(last.text + match.group().strip(), last.words, mark)
            continue
        words = tuple(SPOKEN[kind](match))
        if words:
            found.append(Token(match.group(), words))
    return found


def kind_of(match: re.Match[str]) -> str:
    """The alternative that matched: the first named group with text that can be said."""
    return next(name for name, text in match.groupdict().items() if text and name in SPOKEN)


def spell(text: str) -> list[str]:
    """Letters, digits and signs one by one."""
    return [w for c in text.lower() for w in (digits(c) if c in "0123456789" else say_sign(c))]


def say_sign(character: str) -> list[str]:
    """A letter as itself, a known sign by its name, anything else not at all."""
    if character.isalpha():
        return [character]
    return SIGNS[character].split() if character in SIGNS else []


def say_address(text: str) -> list[str]:
    """E-mail and web addresses: runs of letters as words, the rest sign by sign."""
    text = re.sub(r"^https?://", "", text, flags=re.IGNORECASE)
    text = re.sub(r"^www\.", "w w w.", text, flags=re.IGNORECASE)
    return [
        word
        for run in re.findall(r"[^\W\d_]+|\d|\S", text)
        for word in ([run.lower()] if run.isalpha() else spell(run))
    ]


def say_money(match: re.Match[str]) -> list[str]:
    """$42.50 -> forty two dollars and fifty cents; $3 million -> three million dollars."""
    coin, hundredth = CURRENCIES[match["currency"]]
    amount = match["amount"].replace(",", "")
    if scale := match["scale"]:
        name = {"k": "thousand", "m": "million", "b": "billion"}.get(scale.lower(), scale.lower())
        return [*spoken_number(amount), name, plural(coin)]
    whole, _, fraction = amount.partition(".")
    if len(fraction) > 2:
        return [*spoken_number(amount), plural(coin)]
    cents = int(fraction.ljust(2, "0")) if fraction else 0
    words = [*spoken_number(whole), coin if int(whole) == 1 else plural(coin)]
    if not cents:
        return words
    small = [*cardinal(cents), hundredth if cents == 1 else plural(hundredth)]
    return small if int(whole) == 0 else [*words, "and", *small]


def plural(unit: str) -> str:
    """dollar -> dollars."""
    return PLURALS.get(unit, unit + "s")


def say_time(match: re.Match[str]) -> list[str]:
    """7:05 pm -> seven oh five p m; 14:00 -> fourteen hundred; 9:00 -> nine o'clock."""
    hour, minute = int(match["hour"]), int(match["minute"])
    half = [match["half"].lower(), "m"] if match["half"] else []
    if minute:
        minutes = ["oh", *cardinal(minute)] if minute < 10 else cardinal(minute)
    elif half:
        minutes = []
    else:
        minutes = ["o'clock"] if 1 <= hour <= 12 else ["hundred"]
    return [*cardinal(hour), *minutes, *half]


def say_phone(text: str) -> list[str]:
    """Digits in groups; the commas between groups are short pauses."""
    groups = re.findall(r"\d+", text)
    words = [word for group in groups for word in [*digits(group), ","]]
    return words[:-1]


def say_code(text: str) -> list[str]:
    """AB-1234, 4G, flight UA482: letters by name, short numbers whole, long ones digit by digit."""
    words: list[str] = []
    for run in re.findall(r"[A-Za-z]+|\d+", text):
        if run.isdigit():
            words += spoken_number(run) if len(run) <= 2 else digits(run)
        else:
            words += [run.lower()] if len(run) > 3 and not run.isupper() else list(run.lower())
    return words


def say_number(text: str) -> list[str]:
    """A bare number: years from 1100 to 2099 as years, long ones digit by digit."""
    if text.isdigit():
        if len(text) == 4 and 1100 <= int(text) < 2100:
            return year(int(text))
        if len(text) > 6:
            return digits(text)
    return spoken_number(text)


def say_word(text: str) -> list[str]:
    """A word; short ones all in capitals are spelled, unless they are known to be words."""
    if text.isupper() and 2 <= len(text) <= 5 and text not in SAID_AS_WORDS:
        return list(text.lower())
    return [text.lower()]


SAID_AS_WORDS = frozenset(
    "A I OK NO YES HI OH SO TO DO GO IT IS IN ON AT OF OR AND THE YOU NOT ALL FOR ARE CAN NASA "
    "PIN SIM NATO ASAP COVID FAQ RAM ZIP NOW NEW FREE STOP WAIT HELP CALL GIF LASER RADAR".split()
)

Say = Callable[[re.Match[str]], list[str]]

SPOKEN: dict[str, Say] = {
    "email": lambda m: say_address(m.group()),
    "web": lambda m: say_address(m.group()),
    "phone": lambda m: say_phone(m.group()),
    "money": say_money,
    "time": say_time,
    "clock": lambda m: [*cardinal(int(m["oclock"])), m["part"].lower(), "m"],
    "ordinal": lambda m: ordinal(int(m["nth"].replace(",", ""))),
    "percent": lambda m: [*spoken_number(m["share"]), "percent"],
    "measure": lambda m: [*spoken_number(m["size"]), *UNITS[m["unit"].lower()].split()],
    "range": lambda m: [*say_number(m["low"]), "to", *say_number(m["high"])],
    "code": lambda m: say_code(m.group()),
    "number": lambda m: say_number(m.group()),
    "abbreviation": lambda m: ABBREVIATIONS[m.group().lower()].split(),
    "initials": lambda m: list(m.group().replace(".", "").lower()),
    "initial": lambda m: [m.group()[0].lower()],
    "word": lambda m: say_word(m.group()),
    "pause": lambda m: [],
    "sign": lambda m: say_sign(m.group()),
}
