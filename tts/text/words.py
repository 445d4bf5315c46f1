"""Words: plain ones, acronyms, capitals, Roman numerals, initials, contractions, signs."""

# ruff: noqa: RUF001 - typographic signs are meant
from __future__ import annotations

import re

from tts.text.numbers import cardinal, ordinal, roman
from tts.text.rules import Rule, rule

SAID_AS_WORDS = frozenset(
    "NASA PIN SIM NATO ASAP COVID RAM ROM ZIP GIF LASER RADAR FEMA OSHA UNICEF UNESCO OPEC AIDS "
    "SARS SCUBA SWAT YAML JSON NASDAQ IKEA LAN WAN VIN TED FIFA NAFTA ESIM CAPTCHA LOL "
    # common words that are shouted or stressed
    "OK NO YES HI OH SO TO DO GO IS IN ON AT OF OR AND THE YOU NOT ALL FOR ARE CAN NOW NEW FREE "
    "STOP WAIT HELP CALL AN AS BE BY HE IF ME MY UP WE ANY ASK BAD BIG BUT BUY CAR DAY DID END "
    "FEW GET GOT HAD HAS HER HIM HIS HOW LET LOT MAY OFF OLD ONE OUR OUT OWN PAY PUT RUN SAY SEE "
    "SHE TOO TOP TRY TWO USE WAS WAY WHY YET ALSO AWAY BACK BEST BOTH COME DATE DEAL DONE DOOR "
    "DOWN EACH EASY ELSE EVEN EVER FAST FEEL FIND FIRE FROM FULL GIFT GIVE GOOD HAVE HERE HIGH "
    "HOME HOPE HOUR IDEA INTO JUST KEEP KIND KNOW LAST LATE LEFT LESS LIKE LINE LIST LIVE LONG "
    "LOOK LOVE MADE MAIN MAKE MANY MORE MOST MUCH MUST NAME NEAR NEED NEXT NICE NONE NOTE ONCE "
    "ONLY OPEN OVER PART PAST PLUS POST PUSH READ REAL REST SAFE SALE SAME SAVE SEND SHIP SHOW "
    "SIGN SOME SOON SURE TAKE TALK TELL TEXT THAN THAT THEM THEN THEY THIS TIME TRUE TURN TYPE "
    "UNIT UPON VERY VIEW WAIT WANT WARM WEEK WELL WENT WERE WHAT WHEN WILL WISH WITH WORD WORK "
    "YEAR YOUR ABOUT AFTER AGAIN ALERT ALWAYS CHECK CLICK CLOSE COULD EVERY FINAL FIRST GREAT "
    "HEAVY HOURS LARGE LATER NEVER ORDER OTHER PHONE PLACE PRESS PRICE QUICK RIGHT SHALL SMALL "
    "SORRY START STILL THANK THEIR THERE THESE THING THOSE TODAY TOTAL UNDER UNTIL WATCH WHERE "
    "WHICH WHILE WORLD WOULD WRONG LUNCH DRIVE HOUSE NORTH SOUTH WATER MONEY HELLO PROMO".split()
)
"""Capitals that are said as a word although there are only two to five of them."""

PRONOUNS_IN_CAPITALS = frozenset("US IT WHO AM ID".split())
"""Spelled (United States, information technology ...) unless the words around them shout too."""

MIXED = {
    "PhD": "P H D", "iOS": "I O S", "macOS": "mac O S", "IoT": "I O T", "SaaS": "sass",
    "PaaS": "pass", "LLaMA": "llama", "McDonald's": "mcdonald's", "kWh": "kilowatt hours",
    "MSc": "M S C", "BSc": "B S C", "MBAs": "M B As", "JPEG": "jay peg", "JPG": "jay peg",
    "MHz": "megahertz", "GHz": "gigahertz", "CEO": "C E O", "iCloud": "I cloud",
    "eSIM": "E sim", "VoIP": "voip", "SQL": "S Q L", "OAuth": "O auth", "LinkedIn": "linkedin",
    "vs": "versus", "mph": "miles per hour", "kg": "kilograms", "km": "kilometers",
}  # fmt: skip
"""Words whose letters mislead."""

CONTRACTIONS = {
    "twas": "it was", "tis": "it is", "em": "them", "til": "till", "n": "and", "cause": "because",
    "bout": "about", "round": "round", "nuff": "enough", "cuz": "because", "ere": "here",
}  # fmt: skip
"""What begins with an apostrophe, said carefully."""

REGNAL = re.compile(
    r"\b(?:Henry|Louis|Elizabeth|George|Charles|William|Richard|Edward|James|Paul|Benedict|"
    r"Napoleon|Catherine|Peter|Nicholas|Alexander|Philip|Ferdinand|Frederick|Leo|Pius|Ramses|"
    r"Mary|Margaret|Francis|Gregory|Innocent|Felipe|Carlos|Juan|Wilhelm|Otto|Ivan|Jr\.?)\s$"
)
COUNTED = re.compile(
    r"\b(?:Chapter|Part|Volume|Vol\.|Act|Scene|Phase|War|Type|Section|Level|Class|Title|Bowl|"
    r"Article|Appendix|Book|Stage|Step|Tier|Grade|Division|Schedule|Category|Episode|Module|Unit|"
    r"Figure|Table|Round|Rocky|Final Fantasy|chapter|part|volume|phase|type|section|level|stage|"
    r"tier|class|article|act)\s$"
)
NAME_BEFORE = re.compile(r"[A-Z][\w'.]*,?\s$")
SHOUTED_BEFORE = re.compile(r"\b([A-Z]{2,})[\s,!-]+$")
SHOUTED_AHEAD = re.compile(r"[\s,!-]+([A-Z]{2,})(?![\w'])")
VOWEL = re.compile("[AEIOUY]")
CONSONANTS = re.compile(r"[^AEIOUY]{4}|^[^AEIOUY]{3}|^[^AEIOUYLRHWSTCFPGKBD]{2}")
CAMEL = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
WHOLE = re.compile(r"^(?:Mc|Mac|De|Di|Du|La|Le|Lo|Van|Von|Fitz)[A-Z]|[A-Z]{2}[a-z]")
"""McDonald, IJssel: capitals inside of one word."""
STATES = {
    "AL": "alabama", "AZ": "arizona", "CA": "california", "CO": "colorado", "CT": "connecticut",
    "DC": "D C", "FL": "florida", "GA": "georgia", "IL": "illinois", "IN": "indiana",
    "KY": "kentucky", "LA": "louisiana", "MA": "massachusetts", "MD": "maryland",
    "ME": "maine", "MI": "michigan", "MN": "minnesota", "MO": "missouri", "NC": "north carolina",
    "NJ": "new jersey", "NV": "nevada", "NY": "new york", "OH": "ohio", "OK": "oklahoma",
    "OR": "oregon", "PA": "pennsylvania", "TN": "tennessee", "TX": "texas", "UT": "utah",
    "VA": "virginia", "WA": "washington", "WI": "wisconsin",
}  # fmt: skip
SIGNS = {
    "@": "at", "%": "percent", "&": "and", "+": "plus", "=": "equals", "#": "pound", "✱": "star",
    "°": "degrees", "~": "about", "≈": "about", "<": "less than", ">": "greater than",
    "≤": "at most", "≥": "at least", "±": "plus or minus", "×": "times", "÷": "divided by",
    "∗": "times",
    "$": "dollars", "€": "euros", "£": "pounds", "©": "copyright", "²": "squared",
    "³": "cubed",
}  # fmt: skip


def spell(letters: str) -> list[str]:
    """Letters by their names."""
    return list(letters.upper())


def say_word(match: re.Match[str]) -> list[str]:
    """A word; capitals are spelled unless they are a word, plurals with their s."""
    text = match["word"].rstrip("'")
    if known := MIXED.get(text):
        return known.split()
    if numeral := _numeral(match, text):
        return numeral
    stem, _, rest = text.partition("'")
    if rest in ("s", "S") and stem.isupper() and len(stem) > 1:
        said = say_capitals(match, stem)
        return [*said[:-1], said[-1] + "'s"]
    if text[-1] == "s" and text[:-1].isupper() and len(text) > 2:
        said = say_capitals(match, text[:-1])
        return [*said[:-1], said[-1] + "s"]
    if text.isupper() and len(text) > 1 and "'" not in text:
        return say_capitals(match, text)
    return camel(text)


def camel(text: str) -> list[str]:
    """iPhone, YouTube -> as their parts; McDonald stays whole."""
    if text[1:].islower() or not text.isascii() or "'" in text or WHOLE.search(text):
        return [text.lower()]
    parts = CAMEL.findall(text)
    if "".join(parts) != text or len(parts) < 2:
        return [text.lower()]
    if any(len(part) == 1 and i for i, part in enumerate(parts)):
        return [text.lower()] if len(text) > 4 else spell(text)
    return [
        word
        for part in parts
        for word in (spell(part) if len(part) == 1 or is_spelled(part) else [part.lower()])
    ]


def say_capitals(match: re.Match[str], text: str) -> list[str]:
    """NASA -> nasa; FBI -> F B I; CALL US NOW -> call us now; TX 78701 -> texas ..."""
    if text in STATES and re.match(r"\s\d{5}\b", match.string[match.end() : match.end() + 7]):
        return STATES[text].split()
    if text in PRONOUNS_IN_CAPITALS:
        return [text.lower()] if is_shouted(match) else spell(text)
    if not is_spelled(text) or (len(text) >= 4 and is_sayable(text) and is_shouted(match)):
        return [text.lower()]
    return spell(text)


def is_spelled(text: str) -> bool:
    """Whether capitals on their own are spelled: two to five that are no known word."""
    if not text.isupper() or text in SAID_AS_WORDS:
        return False
    return len(text) <= 5 or not VOWEL.search(text)


def is_sayable(text: str) -> bool:
    """Whether capitals look like a word: vowels among them, no heap of consonants."""
    return bool(VOWEL.search(text)) and not CONSONANTS.search(text)


def is_shouted(match: re.Match[str]) -> bool:
    """Whether a word next to this one is a plain word in capitals too."""
    start, end = match.span()
    text = match.string
    one = SHOUTED_BEFORE.search(text, max(0, start - 24), start)
    other = SHOUTED_AHEAD.match(text, end)
    return any(found and not is_spelled(found[1]) and found[1] != "NASA" for found in (one, other))


def _numeral(match: re.Match[str], text: str) -> list[str] | None:
    """Henry VIII -> the eighth; Chapter IV -> four; Rocky III -> three."""
    value = roman(text)
    if value is None:
        return None
    start = match.start()
    before_it = match.string[max(0, start - 24) : start]
    if REGNAL.search(before_it) and value > 1:
        return ["the", *ordinal(value)]
    if COUNTED.search(before_it):
        return cardinal(value)
    is_safe = len(text) >= 2 and text not in ("IV", "VI", "XI", "XX", "XXX")
    return cardinal(value) if is_safe and NAME_BEFORE.search(before_it) else None


def say_counted_letter(match: re.Match[str]) -> list[str] | None:
    """World War I, Act V: single letters that are numerals here."""
    before_it = match.string[max(0, match.start() - 24) : match.start()]
    value = roman(match["letter"])
    if value is None or not COUNTED.search(before_it):
        return None
    is_lettered = re.search(r"(?:Type|Class|Section|Unit|Grade|Schedule|Figure|Table|Category|"
                            r"type|class|section)\s$", before_it)  # fmt: skip
    return None if is_lettered and match["letter"] != "I" else cardinal(value)


def say_initials(match: re.Match[str]) -> list[str]:
    """U.S. -> U S; J.R.R. -> J R R."""
    letters = spell(match["initials"].replace(".", ""))
    return [*letters[:-1], letters[-1] + (match["s"] or "")]


def say_sign(match: re.Match[str]) -> list[str]:
    """A sign on its own, by its name."""
    return SIGNS[match["sign"]].split()


FIRST: tuple[Rule, ...] = (
    rule("silent", r"(?<!\w)(?:[:;=]['-]?[)(DPp|\]\[](?!\w)|<3+(?!\d))", lambda m: []),
    rule("initials", r"""(?<![\w.])(?P<initials>(?:[A-Za-z]\.){2,6}|(?:[A-Z]\.){1,6}[A-Z](?![\w.]))
         (?P<s>'s)?(?!\w)""", say_initials),
    rule("initials", r"(?<![\w.'])(?P<initials>[B-HJ-Z]\.)(?P<s>)(?=\s+[A-Z])", say_initials),
    rule("word", r"(?<![\w'.])(?P<letter>[IVX])(?![\w'.])", say_counted_letter),
)  # fmt: skip
"""Before single letters."""

RULES: tuple[Rule, ...] = (
    rule("word", rf"(?<!\w)'(?P<short>{'|'.join(CONTRACTIONS)})\b(?!')'?",
         lambda m: CONTRACTIONS[m["short"]].split()),
    rule("word", r"(?<!\w)'(?P<short>n)'(?!\w)", lambda m: ["and"]),
    rule("word", r"(?P<one>[^\W\d_]{2,40})\(s\)", lambda m: [m["one"].lower() + "s"]),
    rule("sign", r"(?<=[a-z])/(?=[a-z]{2})", lambda m: ["or"]),
    rule("word", r"\b(?P<one>[A-Z]{1,4})&(?P<other>[A-Z]{1,4})\b", lambda m: [
         *spell(m["one"]), "and", *spell(m["other"])]),
    rule("word", r"(?P<word>[^\W\d_]+(?:'[^\W\d_]+)*'?)", say_word),
    rule("sign", r"(?P<sign>[<>])(?=\s?[\d.$-])", say_sign),
    rule("sign", r"\#(?=\d)", lambda m: ["number"]),
    rule("sign", r"(?P<sign>[@&+=✱∗°~≈≤≥±×÷©²³])|(?<=\s)(?P<hash>\#)(?=[\s.,;!?]|$)",
         lambda m: (SIGNS[m["sign"]] if m["sign"] else "pound").split()),
)  # fmt: skip
"""In the order in which they are tried."""
