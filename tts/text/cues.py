"""Words before a number that tell how it is read: digit by digit, in pairs, as a date or year."""

from __future__ import annotations

from tts.text.rules import REACH, before

# One to write down, read digit by digit.
SPELLED = before(
    r"\b(?:order|account|confirmation|reference|ref|code|pin|zip|postcode|ticket|case|tracking|"
    r"extension|ext|serial|card|booking|reservation|policy|invoice|member|membership|phone|id|"
    r"passcode|password|routing|claim|flight|mailbox|loyalty|customer)s?\.?"
    r"(?:\s+(?:number|no\.|code|id|is|was|ending|ends|in|with)){0,4}\s*[:#]?\s*$"
    r"|\b(?:ending|ends)\s+(?:in|with)\s+$|\bdigits(?:\s+(?:is|are|were|of))?:?\s+$"
)
PAIRED = before(
    r"\b(?:room|suite|apartment|apt\.?|unit|gate|building|house|locker|highway|route|hwy\.?|bus|"
    r"interstate|boeing|airbus)\s+(?:number\s+|no\.\s+)?\#?$"
)
STATE = before(r"\b(?-i:[A-Z]{2})\s$")
YEAR = before(r"\b(?:in|since|from|until|till|by|before|after|year|of|summer|winter)\s$")
DATE = before(r"\b(?:on|by|until|since|before|after|due|dated|from|through|for)\s$")
ARTICLE = before(r"\ban?\s$")


def expects_number(text: str) -> bool:
    """Whether a number that comes next would be read in the light of how this text ends."""
    end = text[-REACH:] + " "
    return any(cue.search(end) for cue in (SPELLED, PAIRED))
