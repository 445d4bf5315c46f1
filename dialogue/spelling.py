"""Codes and numbers that the caller must write down, spelled in groups with a pause between.

"Your order number is AB34712." -> "Your order number is A B, 3 4 7, 1 2." Letters and digits
stand alone, so that the voice names each, and commas are its pauses. `joined` undoes it, so that
the conversation keeps codes as they are written.
"""

from __future__ import annotations

import re

_WORD = re.compile(r"(?P<before>[(\"'#]*)(?P<body>[+\w][\w().-]*?)(?P<after>[.,;:!?)\"']*)(?!\S)")
_CODE = re.compile(r"[A-Z\d]+(?:-[A-Z\d]+)*")
_AMOUNT = re.compile(r"\d+[A-Z]{1,3}")  # 500GB, 11AM
_PHONE = re.compile(r"\+?\(?\d{1,4}\)?(?:[-.]\d{2,4})+")
_DATE = re.compile(r"\d{4}-\d\d-\d\d|\d{1,2}[-.]\d{1,2}[-.]\d{2,4}")
_CUE = re.compile(
    r"(?:number|code|reference|confirmation|booking|order|account|pin|phone|tracking|ticket|id|"
    r"serial|extension)s?\W*",
    re.IGNORECASE,
)
_CUE_REACH = 3
"""Words after a cue in which four digits are a number to write down rather than a quantity."""

_SPELLED = re.compile(r"(?<![\w'])[A-Z\d](?:,? [A-Z\d])+(?![\w'])")
_LEAST = 4


def feed(reach: int, text: str) -> tuple[int, str]:
    """Whole words `text` with its codes spelled; `reach`: words for which the last cue still holds.

    Begin with 0, and hand back in what came out.
    """
    said = ""
    for piece in re.split(r"(\s+)", text):
        if not piece or piece.isspace():
            said += piece
            continue
        said += _spelled(piece, cued=reach > 0)
        if _CUE.fullmatch(piece):
            reach = _CUE_REACH
        elif any(character.isdigit() for character in piece):
            # "415 555 0133" is grouped already; the voice knows how to say it.
            reach = 0
        else:
            reach = max(reach - 1, 0)
    return reach, said


def spelled(text: str) -> str:
    """The whole of `text` with its codes, order numbers and phone numbers in groups."""
    return feed(0, text)[1]


def joined(text: str) -> str:
    """`text` with what was spelled in groups written as one word again, without its dashes."""

    def join(match: re.Match[str]) -> str:
        together = re.sub(r"[ ,]", "", match.group())
        code = len(together) >= _LEAST and any(c.isdigit() for c in together)
        return together if code and not _is_list(match.group()) else match.group()

    return _SPELLED.sub(join, text)


def groups(code: str) -> list[str]:
    """The characters of a code as people read it out: in threes and fours."""
    found: list[str] = []
    for part in re.findall(r"[A-Z\d]+", code):
        runs = re.findall(r"[A-Z]+|\d+", part)
        whole = len(part) <= 4 or any(len(run) < 2 for run in runs)
        for run in [part] if whole else runs:
            found += _cut(run)
    return found


def _cut(run: str) -> list[str]:
    """Threes, and fours at the end where they leave nothing over: 555 0133, 4111 1111."""
    if len(run) <= 4:
        return [run]
    fours = len(run) % 3
    threes = max(len(run) - 4 * fours, 0) // 3 if len(run) > 5 else 1
    head = [run[i : i + 3] for i in range(0, 3 * threes, 3)]
    tail = [run[i : i + 4] for i in range(3 * threes, len(run), 4)]
    return head + tail


def _spelled(word: str, *, cued: bool) -> str:
    match = _WORD.fullmatch(word)
    if match is None or not _is_code(match["body"], cued):
        return word
    spoken = ", ".join(" ".join(group) for group in groups(match["body"]))
    return match["before"].replace("#", "") + spoken + match["after"]


def _is_code(body: str, cued: bool) -> bool:
    digits = sum(character.isdigit() for character in body)
    letters = re.findall(r"[A-Za-z]+", body)
    if not digits or _DATE.fullmatch(body):
        return False
    if not letters:
        phone = _PHONE.fullmatch(body) is not None and digits >= 7
        return phone or (body.isdigit() and (digits >= 7 or (cued and digits >= _LEAST)))
    short = all(len(run) <= 3 for run in letters)
    amount = _AMOUNT.fullmatch(body) is not None and not cued
    size = len(body.replace("-", ""))
    return _CODE.fullmatch(body) is not None and short and not amount and size >= _LEAST


def _is_list(text: str) -> bool:
    """Whether every group is one character: "1, 2, 3, 4" counts, and spells nothing."""
    return all(len(group) == 1 for group in text.split(", "))
