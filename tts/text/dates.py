"""Dates and times of day."""

# ruff: noqa: RUF001, RUF002 - typographic dashes are meant
from __future__ import annotations

import re

from tts.text import cues
from tts.text.amounts import DASH
from tts.text.numbers import cardinal, ordinal, spoken_number, year
from tts.text.rules import Rule, before, follows, rule

MONTHS = (
    "January February March April May June July August September October November December"
).split()
SHORT_MONTHS = {month[:3]: month for month in MONTHS if month != "May"} | {"Sept": "September"}
WEEKDAYS = {
    "Mon": "monday", "Tue": "tuesday", "Tues": "tuesday", "Wed": "wednesday", "Thu": "thursday",
    "Thur": "thursday", "Thurs": "thursday", "Fri": "friday", "Sat": "saturday", "Sun": "sunday",
}  # fmt: skip
MONTH = "|".join([*MONTHS, *sorted(SHORT_MONTHS, key=len, reverse=True)])
SPAN = f"{MONTH}|{'|'.join([*WEEKDAYS, *(day.capitalize() for day in WEEKDAYS.values())])}"
YEAR = r"(?:1[1-9]|20)\d\d"
HALF = r"(?:[AaPp](?:\.[Mm]\.|\.?[Mm]\b\.?))"
CLOCK = rf"(?:(?:2[0-3]|[01]?\d):[0-5]\d(?:\s?{HALF})?|(?:1[0-2]|[1-9])(?:\s?{HALF})?)"

THE = before(r"\bthe\s$")


def say_year(text: str) -> list[str]:
    """2026; '26 and 26 are years of this century (of the last one from 70 on)."""
    number = int(text)
    if len(text) <= 2:
        number += 1900 if number >= 70 else 2000
    return year(number)


def say_date(month: int, day: int, of_year: str | None) -> list[str] | None:
    """march fourteenth , twenty twenty six; None for a 13th month or a 32nd day."""
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    words = [MONTHS[month - 1].lower(), *ordinal(day)]
    return [*words, ",", *say_year(of_year)] if of_year else words


def say_iso(match: re.Match[str]) -> list[str] | None:
    """2026-03-14, also with a time behind a T."""
    words = say_date(int(match["month"]), int(match["day"]), match["year"])
    if words and match["hour"]:
        words += ["at", *clock(int(match["hour"]), int(match["minute"]), None)]
    return words


def say_numeric(match: re.Match[str]) -> list[str] | None:
    """3/14/2026 as Americans write it; 14/3/2026 and 14.3.2026 as others do."""
    first, second, of_year = re.split(r"[/.-]", match.group())
    one, two = int(first), int(second)
    if one > 12 or ("." in match.group() and two <= 12):
        one, two = two, one
    return say_date(one, two, of_year)


def say_short(match: re.Match[str]) -> list[str] | None:
    """On 3/14."""
    if not follows(match, cues.DATE):
        return None
    return say_date(int(match["month"]), int(match["day"]), None)


def say_month_day(match: re.Match[str]) -> list[str] | None:
    """March 3rd, Dec. 5, 2026, Mar 3-5."""
    words = say_date(month_number(match["month"]), int(match["day"]), None)
    if words is None:
        return None
    if match["last"]:
        words += ["to", *ordinal(int(match["last"]))]
    return [*words, ",", *say_year(match["year"])] if match["year"] else words


def say_day_month(match: re.Match[str]) -> list[str] | None:
    """5 March 2026 -> the fifth of march , twenty twenty six."""
    day = int(match["day"])
    if not 1 <= day <= 31:
        return None
    words = [*ordinal(day), "of", MONTHS[month_number(match["month"]) - 1].lower()]
    if match["year"]:
        words += [",", *say_year(match["year"])]
    return words if follows(match, THE) else ["the", *words]


def say_span(match: re.Match[str]) -> list[str]:
    """Mon-Fri, Jan–Mar."""
    first, last = (
        (WEEKDAYS.get(name) or SHORT_MONTHS.get(name) or name).lower()
        for name in (match["first"], match["last"])
    )
    return [first, "to", last]


def month_number(name: str) -> int:
    """Dec -> 12."""
    return 1 + MONTHS.index(SHORT_MONTHS.get(name, name))


def say_time(match: re.Match[str]) -> list[str]:
    """7:05 pm -> seven oh five P M; 14:00 -> fourteen hundred; 9:00 -> nine o'clock."""
    seconds = match["second"]
    words = clock(int(match["hour"]), int(match["minute"]), match["half"])
    return [*words, "and", *cardinal(int(seconds)), "seconds"] if seconds else words


def say_hours(match: re.Match[str]) -> list[str] | None:
    """9am-5pm -> nine A M to five P M; 9:30-11 -> nine thirty to eleven."""
    if not re.search(r"[:AaPp]", match.group()):
        return None
    return [*say_clock(match["open"]), "to", *say_clock(match["close"])]


def say_clock(text: str) -> list[str]:
    """One end of a span of hours."""
    hour, _, rest = text.partition(":")
    numbers = re.findall(r"\d+", text)
    half = re.search(r"[AaPp]", text)
    if not rest and not half:
        return spoken_number(hour.strip())
    return clock(int(numbers[0]), int(numbers[1]) if rest else 0, half and half.group())


def clock(hour: int, minute: int, half: str | None) -> list[str]:
    """A time of day in words."""
    letters = [half[0].upper(), "M"] if half else []
    if minute:
        minutes = ["oh", *cardinal(minute)] if minute < 10 else cardinal(minute)
    elif half:
        minutes = []
    elif hour == 0:
        return ["midnight"]
    else:
        minutes = ["o'clock"] if hour <= 12 else ["hundred"]
    return [*cardinal(hour), *minutes, *letters]


RULES: tuple[Rule, ...] = (
    rule("date", r"""\b(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)
         (?:T(?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d)(?::\d\d(?:\.\d{1,6})?)?Z?)?(?![\w-])""",
         say_iso),
    rule("date", r"""(?<![\w.,/-])(?:\d{1,2}/\d{1,2}/(?:\d{4}|\d\d)|\d{1,2}\.\d{1,2}\.\d{4}
         |\d{1,2}-\d{1,2}-(?:19|20)\d\d)(?![\w/-]|\.\d)""", say_numeric),
    rule("date", r"(?<![\w.,/-])(?P<month>\d{1,2})/(?P<day>\d{1,2})(?![\w/-]|\.\d)", say_short),
    rule("date", rf"""\b(?P<month>{MONTH})\b\.?\s(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b
         (?:{DASH}(?P<last>[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?\b)?
         (?:,?\s(?P<year>{YEAR})\b)?(?!:\d|[%/-]|[.,]\d)""", say_month_day),
    rule("date", rf"""(?<![\w.,:/-])(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s(?:of\s)?
         (?P<month>{MONTH})\b(?!\s\d{{1,2}}\b)(?:\.(?=\s[\da-z]|,))?(?:,?\s(?P<year>{YEAR})\b)?""",
         say_day_month),
    rule("month", rf"\b(?P<first>{SPAN})\.?{DASH}(?P<last>{SPAN})\b\.?", say_span),
    rule("month", rf"""\b(?P<month>{"|".join(SHORT_MONTHS)})\b
         (?:\.(?=\s[\da-z]|,|$)|(?=\s'?{YEAR}\b))""",
         lambda m: [SHORT_MONTHS[m["month"]].lower()]),
    rule("weekday", rf"""\b(?P<day>{"|".join(WEEKDAYS)})\b
         (?:\.(?!\w)|(?=,?\s(?:{MONTH})\b|\s\d))""",
         lambda m: [WEEKDAYS[m["day"]]]),
    rule("weekday", r"\b(?P<day>Tues|Thurs|Thur|Tue|Thu|Fri|Mon|Wed)\b(?=[,/–—-]|\sat\b|$)",
         lambda m: [WEEKDAYS[m["day"]]]),
    rule("time", rf"(?<![\w:.])(?P<open>{CLOCK}){DASH}(?P<close>{CLOCK})(?![\w:%-]|\.\d)",
         say_hours),
    rule("time", rf"""(?<![\w:.,])(?P<hour>2[0-3]|[01]?\d):(?P<minute>[0-5]\d)
         (?::(?P<second>[0-5]\d))?(?!\d|:\d)(?:\s?(?P<half>{HALF}))?""",
         say_time),
    rule("time", rf"\b(?P<oclock>1[0-2]|[1-9])\s?(?P<part>{HALF})", lambda m: [
         *cardinal(int(m["oclock"])), m["part"][0].upper(), "M"]),
)  # fmt: skip
"""In the order in which they are tried."""
