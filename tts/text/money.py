"""Amounts of money."""

from __future__ import annotations

import re

from tts.text.amounts import DASH, SCALES, SIGN, signed
from tts.text.numbers import cardinal, spoken_number
from tts.text.rules import Rule, before, follows, rule

COINS = {
    "$": ("dollar", "cent"), "€": ("euro", "cent"), "£": ("pound", "penny"), "¥": ("yen", "sen"),
    "₹": ("rupee", "paisa"), "₩": ("won", "jeon"), "₽": ("ruble", "kopek"), "₺": ("lira", "kurus"),
    "₿": ("bitcoin", "satoshi"),
}  # fmt: skip
CODES = {
    "USD": "U S dollar", "CAD": "canadian dollar", "AUD": "australian dollar", "EUR": "euro",
    "GBP": "british pound", "CHF": "swiss franc", "JPY": "japanese yen", "INR": "indian rupee",
    "CNY": "chinese yuan", "MXN": "mexican peso",
}  # fmt: skip
LANDS = {
    "US": "U S", "C": "canadian", "CA": "canadian", "A": "australian", "AU": "australian",
    "NZ": "new zealand", "HK": "hong kong",
}  # fmt: skip
PLURALS = {
    "penny": "pence", "yen": "yen", "sen": "sen", "won": "won", "jeon": "jeon", "yuan": "yuan",
    "paisa": "paise",
}  # fmt: skip
PERIODS = {
    "mo": "month", "yr": "year", "wk": "week", "hr": "hour", "h": "hour", "min": "minute",
    "lb": "pound", "kg": "kilogram", "GB": "gigabyte", "kWh": "kilowatt hour", "ea": "each",
}  # fmt: skip

SIGNS = "[" + "".join(COINS) + "]"
AMOUNT = (
    r"(?:\d{1,3}(?:\.\d{3}){1,4},\d\d(?!\d)|\d{1,3}(?:,\d{3}){1,4}(?:\.\d{1,9})?(?![\d])"
    r"|\d{1,15},\d\d(?!\d)|\d{1,15}(?:\.\d{1,9})?)"
)
SCALE = r"(?:\s?(?P<scale>thousand|million|billion|trillion|bn|mn|[kKmMbB])\b)"
PER = (
    r"(?:\s?/\s?(?P<per>month|mo|year|yr|week|wk|day|hour|hr|h|night|person|user|seat|item|unit|"
    r"line|minute|min|mile|lb|kg|GB|kWh|call|ea)\b)"
)

# "a $50 gift card": the amount says what kind of thing it is.
KIND_AHEAD = re.compile(
    r"\s(?:bill|gift|coupon|discount|fee|deposit|credit|charge|voucher|card|minimum|limit|refund|"
    r"increase|plan|ticket|tip|fine|copay|co-pay|deductible|rebate|bonus|penalty|payment)\b"
)
ARTICLE = before(r"\b(?:an?|the|your|one|this|that|our|my|any|each|every)\s$")


def say_money(match: re.Match[str]) -> list[str]:
    """$42.50 -> forty two dollars and fifty cents; $1.5M; €3,50; $5-10; $9.99/mo."""
    coin, small = COINS[match["coin"]]
    if match["land"]:
        coin = f"{LANDS[match['land']]} {coin}"
    is_kind = follows(match, ARTICLE) and bool(
        KIND_AHEAD.match(match.string[match.end() : match.end() + 12])
    )
    words = signed(match["sign"])
    if match["upto"]:
        words += [*spoken_number(plain(match["amount"])), "to"]
    amount = plain(match["upto"] or match["amount"])
    return [*words, *said(amount, match["scale"], coin, small, is_kind), *per(match["per"])]


def say_money_after(match: re.Match[str]) -> list[str]:
    """3,50 € -> three euros and fifty cents; 50¢ -> fifty cents; 20 USD -> twenty U S dollars."""
    sign, amount = match["mark"], plain(match["amount"])
    if sign == "¢":
        return [*spoken_number(amount), "cent" if amount == "1" else "cents"]
    coin, small = COINS.get(sign) or (CODES[sign], "")
    return [*signed(match["sign"]), *said(amount, None, coin, small), *per(match["per"])]


def say_money_code(match: re.Match[str]) -> list[str]:
    """USD 20 -> twenty U S dollars."""
    return said(plain(match["amount"]), match["scale"], CODES[match["code"]], "")


def said(amount: str, scale: str | None, coin: str, small: str, is_kind: bool = False) -> list[str]:
    """An amount with its coin; `small` is the hundredth of it, "" where there is none to say."""
    if scale:
        name = SCALES.get(scale.lower(), scale.lower())
        return [*spoken_number(amount), name, *(coin if is_kind else plural(coin)).split()]
    whole, _, fraction = amount.partition(".")
    if len(fraction) > 2 or (fraction.strip("0") and not small):
        return [*spoken_number(amount), *plural(coin).split()]
    cents = int(fraction.ljust(2, "0")) if fraction else 0
    name = coin if is_kind or whole == "1" else plural(coin)
    words = [*spoken_number(whole), *name.split()]
    if not cents:
        return words
    change = [*cardinal(cents), small if cents == 1 else plural(small)]
    return change if int(whole) == 0 else [*words, "and", *change]


def plain(amount: str) -> str:
    """1,234.50 and 1.234,50 -> 1234.50."""
    if re.search(r",\d\d$", amount):
        amount = amount.replace(".", "").replace(",", ".")
    return amount.replace(",", "")


def per(period: str | None) -> list[str]:
    """mo -> per month."""
    if not period:
        return []
    name = PERIODS.get(period, period)
    return [name] if name == "each" else ["per", *name.split()]


def plural(coin: str) -> str:
    """dollar -> dollars."""
    *front, last = coin.split()
    return " ".join([*front, PLURALS.get(last, last + "s")])


RULES: tuple[Rule, ...] = (
    rule("money", rf"""(?P<sign>{SIGN})?(?:(?<![A-Za-z])(?P<land>{"|".join(LANDS)}))?
         (?P<coin>{SIGNS})\s?(?P<amount>{AMOUNT})(?:{DASH}{SIGNS}?(?P<upto>{AMOUNT})(?![\d/-]))?{SCALE}?{PER}?""",
         say_money),
    rule("money", rf"""(?P<sign>{SIGN})?(?<![\w.,])(?P<amount>{AMOUNT})\s?
         (?P<mark>{SIGNS}|¢|(?:{"|".join(CODES)})\b){PER}?""", say_money_after),
    rule("money", rf"""\b(?P<code>{"|".join(CODES)})\s(?P<amount>{AMOUNT}){SCALE}?""",
         say_money_code),
)  # fmt: skip
"""In the order in which they are tried."""
