"""E-mail and web addresses, files, handles, network addresses."""

from __future__ import annotations

import re

from tts.text.numbers import digits, with_pauses
from tts.text.rules import Rule, rule

MARKS = {
    "@": "at", ".": "dot", "-": "dash", "_": "underscore", "/": "slash", ":": "colon",
    "+": "plus", "~": "tilde", "&": "and", "=": "equals", "%": "percent", "#": "hash",
}  # fmt: skip
TOP = (
    "com org net edu gov mil info biz io ai dev app co uk de fr es it nl ch at se no dk ca au nz "
    "us eu tv xyz shop store online tech cloud health bank"
).split()
"""Ends of the web addresses that are known without www before them."""
AS_WORDS = frozenset("com org net gov mil info biz dev app co shop store online tech cloud".split())
FILES = (
    "pdf docx doc xlsx xls csv txt jpeg jpg png gif svg zip mp3 mp4 wav json yaml toml xml html "
    "htm py js exe pptx ppt md log"
).split()
KNOWN = {"gmail": "G mail", "icloud": "I cloud", "wifi": "wi fi", "md": "M D", "co": "co"}
FILES_AS_WORDS = frozenset("gif zip json yaml toml log".split())
VOWEL = re.compile(r"[aeiouy]", re.IGNORECASE)


def spelled(letters: str) -> list[str]:
    """Letters by their names."""
    return list(letters.upper())


def say_run(run: str) -> list[str]:
    """A run of letters in an address: a word if it can be said as one."""
    if known := KNOWN.get(run.lower()):
        return known.split()
    if len(run) == 1 or not VOWEL.search(run) or (run.isupper() and len(run) <= 3):
        return spelled(run) if len(run) <= 5 else [run.lower()]
    return [run.lower()]


def say_address(text: str) -> list[str]:
    """Runs of letters as words, digits one by one, signs by their names."""
    words: list[str] = []
    for run in re.findall(r"[^\W\d_]+|\d|\S", text):
        if run.isdigit():
            words += digits(run)
        elif run.isalpha():
            words += say_run(run)
        elif run in MARKS:
            words += MARKS[run].split()
    return words


def say_host(host: str) -> list[str]:
    """acme.co.uk -> acme dot co dot U K."""
    name, _, top = host.rpartition(".")
    end = [top.lower()] if top.lower() in AS_WORDS or len(top) > 3 else spelled(top)
    return [*say_address(name), "dot", *end]


def say_email(match: re.Match[str]) -> list[str]:
    """jo.ann@mail.com -> jo dot ann at mail dot com."""
    return [*say_address(match["box"]), "at", *say_host(match["host"])]


def say_web(match: re.Match[str]) -> list[str]:
    """Https://www.acme.com/help?from=2 -> acme dot com slash help, as people tell it."""
    words = say_host(match["site"])
    if match["port"]:
        words += ["colon", *digits(match["port"])]
    path = (match["path"] or "").rstrip("/")
    return [*words, *say_address(path)]


def say_file(match: re.Match[str]) -> list[str]:
    """report.pdf -> report dot P D F."""
    end = match["end"].lower()
    last = [end] if end in FILES_AS_WORDS else say_code_run(end)
    return [*say_address(match["name"]), "dot", *last]


def say_code_run(text: str) -> list[str]:
    """mp3 -> M P three."""
    return [word for c in text for word in (digits(c) if c.isdigit() else spelled(c))]


def say_network(match: re.Match[str]) -> list[str]:
    """192.168.1.1 -> one nine two dot one six eight dot one dot one."""
    parts = re.split(r"[.:/]", match.group())
    words = digits(parts[0])
    for part in parts[1:4]:
        words += ["dot", *digits(part)]
    if len(parts) > 4:
        words += ["colon" if ":" in match.group() else "slash", *digits(parts[4])]
    return words


def say_hardware(match: re.Match[str]) -> list[str]:
    """00:1A:2B:3C:4D:5E in pairs."""
    return with_pauses(say_code_run(pair) for pair in re.split("[:-]", match.group()))


def say_tag(match: re.Match[str]) -> list[str]:
    """#BackToSchool -> hashtag back to school."""
    parts = re.findall(r"[A-Z]{2,}(?![a-z])|[A-Z]?[a-z]+|\d", match["tag"])
    return ["hashtag", *(word for part in parts for word in say_address(part))]


HOST = r"(?:[A-Za-z0-9-]{1,63}\.){1,5}"
PATH = (
    r"(?::(?P<port>\d{2,5}))?(?P<path>(?:/[\w.~%+@:-]{0,200}){0,12}(?<=[\w/]))?"
    r"(?:[?\#][^\s,;)\"]{0,300}(?<=[\w/=]))?"
)

RULES: tuple[Rule, ...] = (
    rule("email", rf"""(?<![\w.+-])(?P<box>[\w+-]{{1,64}}(?:\.[\w+-]{{1,64}}){{0,6}})
         @(?P<host>{HOST}[A-Za-z]{{2,12}})(?![\w-])""", say_email),
    rule("web", rf"""(?<![\w@.-])(?:https?://(?:www\.)?|www\.)(?P<site>{HOST}[A-Za-z]{{2,12}}){PATH}""",
         say_web),
    rule("web", rf"""(?<![\w@.-])(?P<site>(?:[A-Za-z0-9-]{{1,63}}\.){{1,4}}(?:{"|".join(TOP)}))
         (?![\w-]|\.\w){PATH}""", say_web),
    rule("web", rf"""(?<![\w.-])(?P<name>[\w-]{{1,60}}(?:\.[\w-]{{1,20}})?)
         \.(?P<end>{"|".join(FILES)})\b(?!\.\w)""", say_file),
    rule("network", r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?:[:/]\d{1,5})?(?![\w]|\.\d)", say_network),
    rule("network", r"(?<![\w:-])[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}(?![\w:-])", say_hardware),
    rule("tag", r"(?<![\w&#])\#(?P<tag>[A-Za-z]\w{1,50})", say_tag),
)  # fmt: skip
"""In the order in which they are tried."""
