"""A call that was made before, with what the caller has put right in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dialogue.disfluency.words import Word
from dialogue.frames.filling import number_of, told
from dialogue.frames.settling import Form
from dialogue.mentions import kind_of

Arguments = Mapping[str, object]


def corrected(form: Form, given: Arguments, words: Sequence[Word]) -> Arguments | None:
    """The arguments `given` before, and in their places what `words` tell.

    None where they tell nothing new, or leave open which value is meant.
    """
    asks_number = bool(form.numbers)
    found = told(form.texts, words, form.description, opening=False, asks_number=asks_number)
    if any(len(values) != 1 for values in found.values()):
        return None
    new: dict[str, object] = {name: values[0] for name, values in found.items()}
    for name in form.numbers:
        if number := number_of(name, words):
            new[name] = int(number)
    bare = [name for name, value in new.items() if kind_of(name) == "time" and _is_bare(value)]
    if bare and asks_number:
        # "Make it three": people, or three o'clock?
        may_be = [name for name in (*bare, *form.numbers) if given.get(name)]
        if len(may_be) != 1 or len(form.numbers) > 1:
            return None
        number = str(new.pop(bare[0]))
        new[may_be[0]] = number if may_be[0] in bare else int(number)
    return {**given, **new} if any(given.get(name) != new[name] for name in new) else None


def _is_bare(value: object) -> bool:
    return str(value).isdigit()
