"""Abbreviations with a full stop: what they stand for, and when the stop ends a sentence."""

from __future__ import annotations

import re
from typing import Literal

from tts.text.rules import Rule, before, follows, rule

BEFORE_NAME = {
    "rev": "reverend", "gen": "general", "col": "colonel", "maj": "major", "cpl": "corporal",
    "gov": "governor", "sen": "senator", "rep": "representative", "hon": "honorable",
    "pres": "president", "supt": "superintendent", "mt": "mount", "ft": "fort",
}  # fmt: skip
"""Expanded before a capital letter only."""
BEFORE_NUMBER = {
    "no": "number", "nos": "numbers", "p": "page", "pp": "pages", "vol": "volume", "fig": "figure",
    "ch": "chapter", "sec": "section", "art": "article", "ste": "suite", "rm": "room",
    "fl": "floor", "pt": "part", "ver": "version", "tel": "telephone",
}  # fmt: skip
"""Expanded before a digit (or a sign of one) only."""
ANYWHERE = {
    "vs": "versus", "etc": "et cetera", "e.g": "for example", "i.e": "that is",
    "approx": "approximately", "dept": "department", "govt": "government", "apt": "apartment",
    "ext": "extension", "bldg": "building", "blvd": "boulevard", "ave": "avenue", "rd": "road",
    "hwy": "highway", "pkwy": "parkway", "ln": "lane", "inc": "incorporated", "ltd": "limited",
    "corp": "corporation", "co": "company", "jr": "junior", "sr": "senior", "avg": "average",
    "misc": "miscellaneous", "intl": "international", "assn": "association", "univ": "university",
    "attn": "attention", "acct": "account", "appt": "appointment", "qty": "quantity",
    "incl": "including", "excl": "excluding", "est": "estimated", "cont": "continued",
    "esp": "especially", "mr": "mister", "mrs": "missus", "ms": "miss", "messrs": "messieurs",
    "prof": "professor", "capt": "captain", "lt": "lieutenant", "sgt": "sergeant",
    "ph.d": "P H D", "m.d": "M D",
}  # fmt: skip
"""Expanded wherever they have their stop."""
SHORTHAND = {
    "w/o": "without", "w/": "with", "b/c": "because", "c/o": "care of", "a/c": "A C",
    "n/a": "not available", "N/A": "not available", "and/or": "and or",
}  # fmt: skip
AMBIGUOUS = frozenset({"dr", "st"})
"""Doctor or drive, saint or street: by what is around them."""

CALENDAR = frozenset(
    "jan feb mar apr jun jul aug sept sep oct nov dec mon tue tues wed thu thur thurs fri sat "
    "sun".split()
)
TITLES = frozenset(BEFORE_NAME) | AMBIGUOUS
LASTING = frozenset("inc ltd corp co jr sr etc rd ave blvd ln hwy pkwy ph.d m.d".split())
"""Those that often end a sentence: a capital after them begins another."""

# "Oak Dr. Then turn": a word that begins sentences, not a name.
STARTER = re.compile(
    r"\s+(?:The|Then|It|It's|We|You|Your|I|I'll|He|She|They|Is|Are|Do|Does|Please|My|Our|This|"
    r"That|There|And|But|So|If|Turn|Suite|Ste|Apt|Unit|Floor|Building|At|On|In|From|What|When|"
    r"Where|Would|Can)\b"
)
CAPITAL = re.compile(r"\s+[A-Z]")
NAMED_BEFORE = before(r"(?-i:[A-Z0-9])[\w']*\s+$")
HOUSE_BEFORE = before(r"\d\w*\s+(?:(?-i:[NSEW])\.?\s+)?(?:(?-i:[A-Z])[\w']*\s+){0,3}$")
SENTENCE_BEFORE = before(r"(?:^|[.!?:,\n(\"])\s*(?-i:[A-Z])[\w']*\s+$")
SAINTS = re.compile(
    r"\s+(?:Louis|Paul|Petersburg|John|John's|Mary|Mary's|Patrick|Patrick's|Thomas|George|James|"
    r"Joseph|Francis|Helens|Augustine|Andrew|Andrews|Peter|Peter's|Nicholas|Catherine|Clair|Lucia|"
    r"Lucie|Martin|Croix|Kitts|Moritz|Albans|Ives|Tropez|Pancras|Jude|Luke|Luke's|Mark|Michael|"
    r"Bernard|Cloud|Charles|Vincent)\b"
)


def say_ambiguous(match: re.Match[str]) -> list[str]:
    """Dr. Lee and 12 Oak Dr., St. Louis and Main St."""
    title, place = {"d": ("doctor", "drive"), "s": ("saint", "street")}[match["both"][0].lower()]
    text, end = match.string, match.end()
    if not CAPITAL.match(text, end):
        is_place = follows(match, NAMED_BEFORE) and (
            title == "saint" or not follows(match, SENTENCE_BEFORE)
        )
        return [place if is_place or title == "saint" else title]
    if STARTER.match(text, end):
        return [place]
    if follows(match, HOUSE_BEFORE):
        return [place]
    if title == "saint" and not SAINTS.match(text, end):
        named = follows(match, NAMED_BEFORE) and not follows(match, SENTENCE_BEFORE)
        return [place if named else title]
    return [title]


def ends_with_stop(word: str, following: str) -> Literal["abbreviation", "sentence", "open"]:
    """What the full stop of a word is: part of an abbreviation, or the end of its sentence.

    "open" when that depends on the word that follows and it is not there yet.
    """
    name = word.rstrip(".").lower()
    if name in AMBIGUOUS or name in ANYWHERE or word.lower() in ("a.m.", "p.m."):
        return "abbreviation"
    by_capital, by_digit = name in BEFORE_NAME, name in BEFORE_NUMBER
    if name in CALENDAR or by_capital or by_digit:
        first = following.lstrip("(\"'#")[:1]
        if not first:
            return "open"
        if first.isdigit() and (by_digit or name in CALENDAR):
            return "abbreviation"
        if first.isupper() and (by_capital or name in CALENDAR):
            return "abbreviation"
        return "abbreviation" if name in CALENDAR and first.islower() else "sentence"
    return "sentence"


def _any_of(names: dict[str, str]) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))


RULES: tuple[Rule, ...] = (
    rule("abbreviation", rf"(?<![\w./])(?P<short>{_any_of(SHORTHAND)})(?!\w)",
         lambda m: SHORTHAND[m["short"]].split()),
    rule("abbreviation", r"(?<![\w.'])(?P<both>[DdSs][rt])(?<=[Dd]r|[Ss]t)\.(?!\w)", say_ambiguous),
    rule("abbreviation", rf"(?<![\w.'])(?P<name>(?i:{_any_of(BEFORE_NAME)}))\.(?=\s+[A-Z])",
         lambda m: BEFORE_NAME[m["name"].lower()].split()),
    rule("abbreviation", rf"(?<![\w.'])(?P<name>(?i:{_any_of(BEFORE_NUMBER)}))\.(?=\s*\#?\d)",
         lambda m: BEFORE_NUMBER[m["name"].lower()].split()),
    rule("abbreviation", rf"(?<![\w.'])(?P<name>(?i:{_any_of(ANYWHERE)}))\.(?!\w)",
         lambda m: ANYWHERE[m["name"].lower()].split()),
)  # fmt: skip
"""In the order in which they are tried."""
